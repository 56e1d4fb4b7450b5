export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** Where to listen. */
export interface ListenAt extends SocketAddress {
  /** A socket that whoever started us has bound there already; absent: it is to be bound. */
  readonly fd?: number | undefined;
}

/** The interface behind the address of a link, as in `fe80::1%eth0` (RFC 4007, 11), is a part of it. */
const SOCKET_ADDRESS = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:[\]]*))(?::(\d{1,5}))?$/;
const BARE_V6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%[\w.-]+)?$/;

/**
 * Parser of `ADDRESS:PORT`, `[V6]:PORT`, `:PORT` (every address) and, where a default port is given, `ADDRESS`.
 * An empty host means every address of both families.
 */
export function socketAddress(defaultPort?: number): (text: string) => SocketAddress {
  return (text) => {
    const match = SOCKET_ADDRESS.exec(text);
    if (defaultPort !== undefined && BARE_V6.test(text)) return { host: text, port: defaultPort };
    const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
    if (match === null || port === undefined || port > 65_535) {
      throw new Error(`"${text}" is not ADDRESS:PORT, for example 127.0.0.1:53, [::1]:53 or :53`);
    }
    return { host: match[1] ?? match[2] ?? '', port };
  };
}

export function formatSocketAddress({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
