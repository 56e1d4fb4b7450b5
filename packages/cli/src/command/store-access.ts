import { openStore, type Store } from '@callsign/catalog';
import { type OptionTable, optional, type ValuesOf } from '@callsign/daemon';
import type { Host } from './host.ts';
import { readToken } from './token.ts';

/** How a store is reached that wants to know who asks. */
export const STORE_ACCESS_OPTIONS = {
  tokenFile: optional({
    flag: 'token-file',
    value: 'FILE',
    text: 'a file with the bearer token that writes to a nameserver need',
    parse: String,
  }),
  storeCa: pemFile('store-ca', 'the authority that signed the certificate of an etcds:// store'),
  storeCert: pemFile('store-cert', 'our own certificate for an etcds:// store'),
  storeKey: pemFile('store-key', 'the key of that certificate'),
} satisfies OptionTable;

function pemFile(flag: string, text: string) {
  return optional({ flag, value: 'FILE', text, parse: String });
}

/** @throws {CallsignError} when the address is none, or a file that it needs cannot be read */
export function openNamedStore(
  host: Host,
  address: string,
  { tokenFile, storeCa, storeCert, storeKey }: ValuesOf<typeof STORE_ACCESS_OPTIONS>,
): Promise<Store> {
  const tls = {
    ...(storeCa !== undefined && { ca: storeCa }),
    ...(storeCert !== undefined && { cert: storeCert }),
    ...(storeKey !== undefined && { key: storeKey }),
  };
  return openStore(address, { ...readToken(host, tokenFile), tls });
}
