import { StoreUnavailableError } from '../store.ts';
import { etcdError, isUnsent } from './etcd-error.ts';

/** The endpoints of one etcd: one of them is asked until it fails, then the next. */
export class Endpoints<Client> {
  readonly #clients: readonly { readonly host: string; readonly client: Client }[];
  #at = 0;

  constructor(hosts: readonly string[], connect: (host: string) => Client) {
    this.#clients = hosts.map((host) => ({ host, client: connect(host) }));
  }

  get current(): string {
    return this.#endpoint.host;
  }

  /**
   * Calls one endpoint after the other, each at most once. A call that is not `repeatable` and may have arrived is
   * not made again: it may have done its work.
   * @throws {CallsignError} what the last one said
   */
  async call<T>(use: (client: Client) => Promise<T>, repeatable = true): Promise<T> {
    for (let left = this.#clients.length; ; left -= 1) {
      const { host, client } = this.#endpoint;
      try {
        return await use(client);
      } catch (error) {
        const failure = etcdError(host, error);
        if (!(failure instanceof StoreUnavailableError)) throw failure;
        this.failed(host);
        if (left <= 1 || !(repeatable || isUnsent(error))) throw failure;
      }
    }
  }

  /** Turns to the next endpoint, unless somebody else has done so already. */
  failed(host: string): void {
    if (host === this.current) this.#at = (this.#at + 1) % this.#clients.length;
  }

  close(closeClient: (client: Client) => void): void {
    for (const { client } of this.#clients) closeClient(client);
  }

  get #endpoint(): { readonly host: string; readonly client: Client } {
    return this.#clients[this.#at] as { readonly host: string; readonly client: Client };
  }
}
