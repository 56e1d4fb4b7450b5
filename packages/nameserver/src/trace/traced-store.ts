import type { Batch, Store } from '@callsign/catalog';
import type { Tracer } from '@callsign/daemon';

/**
 * The same store, with a span for each batch that somebody follows: he asks for the next one when he is done with the
 * last. The revision in it is what the commit's span has in the registrar.
 */
export function tracedStore(store: Store, tracer: Tracer): Store {
  return {
    list: store.list.bind(store),
    pages: store.pages.bind(store),
    commit: store.commit.bind(store),
    grant: store.grant.bind(store),
    close: store.close.bind(store),
    leases: store.leases,
    watch: (prefix, after, signal) => traced(store.watch(prefix, after, signal), tracer),
  };
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
