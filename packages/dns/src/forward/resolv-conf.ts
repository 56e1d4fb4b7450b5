import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import {
  type Clock,
  describe,
  type Log,
  Once,
  type Part,
  type SocketAddress,
  systemClock,
} from '@callsign/daemon';

const DNS_PORT = 53;
/** Milliseconds between two looks at the file. */
const EVERY = 2_000;

/** The name servers of a resolv.conf(5), in order. Lines that are not understood are left out, as the C library does. */
export function parseResolvConf(text: string): SocketAddress[] {
  return text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((host) => isIP(host) !== 0)
    .map((host) => ({ host, port: DNS_PORT }));
}

export interface ResolvConfOptions {
  readonly path: string;
  /** Told of the name servers at the start, and again whenever there are others. */
  readonly onChange: (servers: readonly SocketAddress[]) => void;
  readonly log: Log;
  readonly clock?: Clock;
}

/**
 * Follows a resolv.conf. It is read again and again rather than watched: it is small, and whoever writes it replaces
 * it, or what its link points to, or the folder around it.
 */
export class ResolvConf implements Part {
  readonly name = 'resolv.conf';
  readonly #options: ResolvConfOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #once = new Once();
  #text: string | undefined;
  #following: Promise<void> = Promise.resolve();

  constructor(options: ResolvConfOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async start(): Promise<void> {
    await this.#read();
    this.#following = this.#follow();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    while (
      await this.#clock.sleep(EVERY, signal).then(
        () => true,
        () => false,
      )
    )
      await this.#read();
  }

  /** A file that is gone, empty or half written for a moment changes nothing. */
  async #read(): Promise<void> {
    const { path, log, onChange } = this.#options;
    try {
      const text = await readFile(path, 'utf8');
      const servers = parseResolvConf(text);
      if (text === this.#text || servers.length === 0) return;
      this.#text = text;
      onChange(servers);
    } catch (error) {
      if (!this.#once.first('unreadable', String(error))) return;
      log.warn(`${path} cannot be read: the upstreams stay as they are`, { error: describe(error) });
    }
  }
}
