import { formatSocketAddress, socketAddress } from '@callsign/daemon';

/** Where a Docker Engine listens. */
export type DockerAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number | undefined; readonly tls: boolean };

/** What the Engine's TLS is spoken with: names of PEM files. */
export interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Reads `unix:///path`, a bare `/path`, `tcp://HOST[:PORT]`, `http://` (as skydock took it), `https://`
 * and `HOST:PORT`.
 */
export function parseDockerAddress(text: string): DockerAddress {
  if (text.startsWith('/')) return { kind: 'socket', path: text };
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case 'unix':
      return { kind: 'socket', path: socketPath(rest, text) };
    case 'tcp':
    case 'http':
      return tcpAddress(rest, text, false);
    case 'https':
      return tcpAddress(rest, text, true);
    default:
      throw wrong(text);
  }
}

/** The address as a user would spell it. */
export function formatDockerAddress(address: DockerAddress): string {
  if (address.kind === 'socket') return `unix://${address.path}`;
  return `tcp://${formatSocketAddress({ host: address.host, port: portOf(address) })}`;
}

/** The port number given, or the one that Docker has for plain TCP and for TLS. */
export function portOf({ port, tls }: Extract<DockerAddress, { kind: 'tcp' }>): number {
  return port ?? (tls ? TLS_PORT : PLAIN_PORT);
}

function socketPath(rest: string, text: string): string {
  if (!rest.startsWith('/')) throw wrong(text);
  return rest;
}

function tcpAddress(rest: string, text: string, tls: boolean): DockerAddress {
  try {
    const { host, port } = socketAddress(0)(rest.replace(/\/$/, ''));
    if (!/^[\w.:-]+$/.test(host)) throw wrong(text);
    return { kind: 'tcp', host, port: port === 0 ? undefined : port, tls };
  } catch {
    throw wrong(text);
  }
}

function wrong(text: string): Error {
  return new Error(
    `"${text}" is no address of a Docker Engine: use unix:///var/run/docker.sock, a path, or tcp://HOST:PORT`,
  );
}
