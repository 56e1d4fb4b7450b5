import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface EngineEvent {
  /** `performance.now()` when it arrived here. */
  readonly at: number;
  /** When it happened, by the Engine's own clock: milliseconds since the epoch. */
  readonly happened: number;
  readonly action: string;
  readonly id: string;
  readonly name: string;
}

interface RawEvent {
  readonly Action: string;
  readonly timeNano: number;
  readonly Actor: { readonly ID: string; readonly Attributes?: Readonly<Record<string, string>> };
}

/** An Engine's own event stream, read as it comes, for measuring how soon a change is answered. */
export class EngineEvents {
  readonly events: EngineEvent[] = [];
  readonly #request: ClientRequest;

  private constructor(open: ClientRequest) {
    this.#request = open;
  }

  /** Resolves once the Engine has accepted the subscription, so that nothing after it is missed. */
  static async open(socketPath: string): Promise<EngineEvents> {
    const { promise, resolve, reject } = Promise.withResolvers<EngineEvents>();
    const open = request({ socketPath, path: '/events' });
    const stream = new EngineEvents(open);
    open.once('response', (response) => {
      void stream.#read(response);
      resolve(stream);
    });
    open.on('error', reject);
    open.end();
    return await promise;
  }

  close(): void {
    this.#request.destroy();
  }

  /** Until the Engine ends or `close` is called, which are the same to a reader. */
  async #read(response: IncomingMessage): Promise<void> {
    let rest = '';
    try {
      for await (const piece of response.setEncoding('utf8')) {
        const lines = `${rest}${piece}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#take(line);
      }
    } catch {
      // The connection was cut: there is nothing more to read.
    }
  }

  #take(line: string): void {
    const { Action, Actor, timeNano } = JSON.parse(line) as RawEvent;
    const name = Actor.Attributes?.name ?? '';
    const happened = timeNano / 1e6;
    this.events.push({ at: performance.now(), happened, action: Action, id: Actor.ID, name });
  }
}
