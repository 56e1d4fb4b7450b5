import type { Batch, Listing, Store } from '@callsign/catalog';
import type { Tracer } from '@callsign/daemon';

/**
 * The same store, with a span for the list that somebody begins with and for each batch that he follows: he asks for
 * the next one when he is done with the last. The revision in it is what the commit's span has in the registrar.
 */
export function tracedStore(store: Store, tracer: Tracer): Store {
  return {
    list: store.list.bind(store),
    pages: (prefix, signal) => listed(store.pages(prefix, signal), tracer),
    commit: store.commit.bind(store),
    grant: store.grant.bind(store),
    close: store.close.bind(store),
    leases: store.leases,
    watch: (...args) => traced(store.watch(...args), tracer),
  };
}

async function* listed(pages: AsyncIterable<Listing>, tracer: Tracer): AsyncIterable<Listing> {
  const span = tracer.span('list', { kind: 'client' });
  let records = 0;
  try {
    for await (const page of pages) {
      records += page.entries.length;
      span.set({ 'callsign.revision': page.revision, 'callsign.records': records });
      yield page;
    }
  } catch (error) {
    span.end(error);
    throw error;
  } finally {
    span.end();
  }
}

async function* traced(batches: AsyncIterable<Batch>, tracer: Tracer): AsyncIterable<Batch> {
  for await (const batch of batches) {
    const { revision, changes } = batch;
    const attributes = { 'callsign.revision': revision, 'callsign.changes': changes.length };
    const span = tracer.span('batch', { kind: 'consumer', attributes });
    try {
      yield batch;
    } finally {
      span.end();
    }
  }
}
