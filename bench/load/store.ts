import { EMPTY_SERVICE, encodeService, keyOf, openStore, type Write } from '@callsign/catalog';
import type { Host } from './names.ts';

const A_COMMIT = 100;
const IN_FLIGHT = 16;

/** Puts a record for each host into a store, as whole transactions. */
export async function fillStore(address: string, all: readonly Host[]): Promise<void> {
  const writes = all.map(({ name, address: host }) => ({
    kind: 'put' as const,
    key: keyOf(name),
    value: encodeService({ ...EMPTY_SERVICE, host, ttl: 300 }),
  }));
  await commitAll(address, writes);
}

/** Makes all writes, in transactions of which several are under way. */
export async function commitAll(address: string, writes: Iterable<Write>): Promise<void> {
  const store = await openStore(address);
  const batches = inBatches(writes);
  const worker = async () => {
    for (const batch of batches) await store.commit(batch);
  };
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  } finally {
    await store.close();
  }
}

function* inBatches(writes: Iterable<Write>): Generator<Write[], void> {
  let batch: Write[] = [];
  for (const write of writes) {
    batch.push(write);
    if (batch.length < A_COMMIT) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
