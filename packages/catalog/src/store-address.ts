import { CallsignError, describe } from '@callsign/daemon';

/** Where a store is, as `--store` says it. */
export type StoreAddress =
  | { readonly kind: 'embedded'; readonly file?: string }
  | EtcdAddress
  | { readonly kind: 'http' /** Without a slash at its end. */; readonly url: string };

export interface EtcdAddress {
  readonly kind: 'etcd';
  /** `HOST:PORT` each. */
  readonly hosts: readonly string[];
  readonly secure: boolean;
  /** What all keys begin with, `/` at both ends. */
  readonly prefix: string;
  readonly user?: { readonly name: string; readonly password: string };
}

/** CoreDNS's and SkyDNS's own. */
const DEFAULT_PREFIX = '/skydns/';

/** Examples of stores that several processes reach. */
export const SHARED_STORES = 'etcd://10.0.0.1:2379,10.0.0.2:2379/skydns or http://10.0.0.1:8080';
const STORES = `embedded, embedded:/var/lib/callsign/store, ${SHARED_STORES}`;
/** No prefix has an `@`: a password with a `/` would otherwise be taken for a host and a prefix, and shown. */
const ETCD = /^etcd(s?):\/\/(?:([^/]*)@)?([^@/]+)(\/[^?#@]*)?$/;
const NOT_ETCD = 'is not etcd://HOST:PORT,HOST:PORT/PREFIX';
const NOT_WITH_USER =
  'is not etcd://USER:PASSWORD@HOST:PORT/PREFIX, with the special characters of user and password as %XX';
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/;

/**
 * @param examples of what is allowed here, for whoever is told that this is none
 * @throws {CallsignError} with a sentence that says what is wrong, and the examples; it never repeats a password
 */
export function parseStoreAddress(text: string, examples = STORES): StoreAddress {
  try {
    return parsed(text);
  } catch (error) {
    const shown = text.replace(/\/\/.*@/, '//…@');
    const cure = `For example ${examples}`;
    throw new CallsignError('STORE_ADDRESS', `"${shown}" ${describe(error)}`, { cure });
  }
}

/** The same text once it is known to be an address. @throws {CallsignError} as `parseStoreAddress` does */
export function storeAddress(text: string, examples = STORES): string {
  parseStoreAddress(text, examples);
  return text;
}

/** The same address for a log: without user and password. */
export function describeStore(text: string): string {
  const address = parseStoreAddress(text);
  switch (address.kind) {
    case 'embedded':
      return address.file === undefined ? 'embedded, in memory' : `embedded in ${address.file}`;
    case 'etcd':
      return `etcd${address.secure ? 's' : ''}://${address.hosts.join(',')}${address.prefix.slice(0, -1)}`;
    case 'http':
      return address.url;
    default:
      return address satisfies never;
  }
}

/** Throws what is wrong with it, as the rest of a sentence. */
function parsed(text: string): StoreAddress {
  const [scheme = ''] = text.split(':', 1);
  if (scheme === 'embedded') return embedded(text);
  if (scheme === 'etcd' || scheme === 'etcds') return etcd(text);
  if (scheme === 'http' || scheme === 'https') return http(text);
  throw new Error('is not the address of a store');
}

function embedded(text: string): StoreAddress {
  if (text === 'embedded') return { kind: 'embedded' };
  const file = text.slice('embedded:'.length);
  if (file === '' || file.includes('\0')) throw new Error('names no file');
  return { kind: 'embedded', file };
}

function etcd(text: string): StoreAddress {
  const match = ETCD.exec(text);
  if (match === null) throw new Error(text.includes('@') ? NOT_WITH_USER : NOT_ETCD);
  const [, secure, user, hosts = '', path = ''] = match;
  return {
    kind: 'etcd',
    hosts: hosts.split(',').map(hostAndPort),
    secure: secure === 's',
    prefix: path.replaceAll('/', '') === '' ? DEFAULT_PREFIX : `${path.replace(/\/+$/, '')}/`,
    ...(user !== undefined && { user: userOf(user) }),
  };
}

function hostAndPort(given: string): string {
  const [, host, port = '2379'] = HOST.exec(given) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new Error(`has no host in "${given}"`);
  return `${host}:${port}`;
}

function userOf(given: string): { readonly name: string; readonly password: string } {
  const colon = given.indexOf(':');
  if (colon < 1) throw new Error('has a user without a password');
  try {
    const [name, password] = [given.slice(0, colon), given.slice(colon + 1)].map(decodeURIComponent);
    return { name: name as string, password: password as string };
  } catch {
    throw new Error('has a % in its user or password that is not written as %25');
  }
}

function http(text: string): StoreAddress {
  const url = URL.parse(text);
  if (url === null) throw new Error('is not a URL');
  if (url.username !== '' || url.password !== '') {
    throw new Error('has a user or password, which a nameserver does not take: use --token-file');
  }
  if (url.search !== '' || url.hash !== '') throw new Error('has a query or a fragment');
  return { kind: 'http', url: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}
