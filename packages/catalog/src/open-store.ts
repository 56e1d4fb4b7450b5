import { readFile } from 'node:fs/promises';
import { CallsignError, type Clock } from '@callsign/daemon';
import { EmbeddedStore } from './embedded-store.ts';
import { HttpStore } from './http-store.ts';
import type { Store } from './store.ts';
import { type EtcdAddress, parseStoreAddress } from './store-address.ts';

export interface StoreOptions {
  /** The bearer token of a remote nameserver. */
  readonly token?: string;
  /** Paths of PEM files for `etcds://`. */
  readonly tls?: TlsFiles;
  readonly clock?: Clock;
}

export interface TlsFiles {
  /** The authority that signed etcd's certificate; absent: those that Node knows. */
  readonly ca?: string;
  /** Our own certificate and its key, when etcd asks for one. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * The store at an address. No peer needs to be up: etcd and a remote nameserver are asked when they are used.
 * @throws {CallsignError} when the address is none, or a file cannot be used
 */
export async function openStore(address: string, options: StoreOptions = {}): Promise<Store> {
  const parsed = parseStoreAddress(address);
  const { token, tls, clock } = options;
  const shared = clock === undefined ? {} : { clock };
  switch (parsed.kind) {
    case 'embedded':
      return await EmbeddedStore.open({ ...parsed, ...shared });
    case 'etcd':
      return await openEtcd(parsed, tls, shared);
    case 'http':
      return new HttpStore({ ...parsed, ...shared, ...(token !== undefined && { token }) });
    default:
      return parsed satisfies never;
  }
}

async function openEtcd(
  address: EtcdAddress,
  files: TlsFiles = {},
  shared: { readonly clock?: Clock },
): Promise<Store> {
  const named = Object.entries(files) as [keyof TlsFiles, string][];
  const read = await Promise.all(named.map(async ([name, path]) => [name, await readPem(path)]));
  // Loaded when it is needed: it brings gRPC, and most commands know no etcd.
  const { EtcdStore } = await import('./etcd-store.ts');
  return new EtcdStore({ ...address, ...shared, tls: Object.fromEntries(read) });
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new CallsignError('STORE_TLS_FILE', `cannot read ${path}`, {
      cause,
      cure: 'Name a PEM file that this process may read',
    });
  }
}
