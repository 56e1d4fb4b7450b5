import { EMPTY_SERVICE, encodeService, keyOf, openStore } from '@callsign/catalog';
import type { Host } from './names.ts';

const A_COMMIT = 100;

/** Puts a record for each host into a store, as whole transactions. */
export async function fillStore(address: string, all: readonly Host[]): Promise<void> {
  const store = await openStore(address);
  try {
    for (let at = 0; at < all.length; at += A_COMMIT) {
      const writes = all.slice(at, at + A_COMMIT).map(({ name, address: host }) => ({
        kind: 'put' as const,
        key: keyOf(name),
        value: encodeService({ ...EMPTY_SERVICE, host, ttl: 300 }),
      }));
      await store.commit(writes);
    }
  } finally {
    await store.close();
  }
}
