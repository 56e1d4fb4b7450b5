import { formatSocketAddress, type SocketAddress, socketAddress } from '@callsign/daemon';

/** Where somebody reads our dnstap messages. */
export type TapAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | ({ readonly kind: 'tcp' } & SocketAddress);

const parseHost = socketAddress();

/** Reads `unix:PATH` or `tcp://HOST:PORT`. @throws {Error} for everything else */
export function parseTapAddress(text: string): TapAddress {
  const [, scheme, rest = ''] = /^(unix:(?:\/\/)?(?=\/)|tcp:\/\/)(.+)$/.exec(text) ?? [];
  if (scheme?.startsWith('unix')) return { kind: 'unix', path: rest };
  const at = scheme === undefined ? undefined : parseHost(rest);
  if (at !== undefined && at.host !== '') return { kind: 'tcp', ...at };
  throw new Error(`"${text}" is neither unix:/PATH nor tcp://HOST:PORT`);
}

export function formatTapAddress(at: TapAddress): string {
  return at.kind === 'unix' ? `unix:${at.path}` : `tcp://${formatSocketAddress(at)}`;
}
