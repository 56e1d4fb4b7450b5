import type { Clock } from '@callsign/daemon';
import { EmbeddedStore } from './embedded-store.ts';
import type { Store } from './store.ts';
import { parseStoreAddress } from './store-address.ts';

export interface StoreOptions {
  /** The bearer token of a remote nameserver. */
  readonly token?: string;
  /** Paths of PEM files for etcd. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly clock?: Clock;
}

/**
 * The store at an address. Needs no peer to be up: etcd and a remote nameserver are asked when they are used.
 * @throws {CallsignError} when the address is none, or a file cannot be read
 */
export async function openStore(text: string, { clock }: StoreOptions = {}): Promise<Store> {
  const address = parseStoreAddress(text);
  if (address.kind !== 'embedded') throw new Error(`${address.kind} is still to come`);
  return await EmbeddedStore.open({ ...address, ...(clock && { clock }) });
}
