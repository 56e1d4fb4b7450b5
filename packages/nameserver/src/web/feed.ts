import type { Change } from './model/catalogue.ts';
import type { Service, Status } from './model/service.ts';
import type { Sample } from './model/traffic.ts';

/** How the page stands to the nameserver. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly why: string };

export interface Listener {
  listed(services: readonly Service[], status: Status): void;
  changed(changes: readonly Change[]): void;
  counted(status: Status, samples: readonly Sample[]): void;
  linked(link: Link): void;
}

const STATUS_MS = 2_000;
const RETRY_MS = 2_000;

/** The nameserver's REST API: lists all services, then follows their changes, and begins again on any doubt. */
export class Feed {
  readonly #listener: Listener;
  #events: EventSource | undefined;
  #seen = '';
  /** The end of the last sample. */
  #sampled = 0;
  #waiting: Change[] = [];

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  start(): void {
    document.addEventListener('visibilitychange', () => this.#seenOrNot());
    setInterval(() => void this.#count(), STATUS_MS);
    void this.#list();
  }

  /** A page that nobody looks at costs nothing, and none of the few connections that a browser has for a host. */
  #seenOrNot(): void {
    if (document.hidden) this.#stop();
    else if (this.#seen === '') void this.#list();
    else this.#follow();
  }

  async #list(): Promise<void> {
    this.#stop();
    this.#waiting = [];
    this.#listener.linked({ kind: 'connecting' });
    try {
      const [status, page] = await Promise.all([read<Status>('v1/status'), read<Page>('v1/services')]);
      this.#seen = String(page.revision);
      this.#listener.listed(page.services, status);
      this.#follow();
      void this.#count();
    } catch (error) {
      this.#lose(error);
    }
  }

  #follow(): void {
    this.#stop();
    if (document.hidden) return;
    const events = new EventSource(`v1/events?after=${this.#seen}`);
    events.onopen = () => this.#listener.linked({ kind: 'live' });
    events.onerror = () => this.#interrupted(events);
    events.addEventListener('put', (event) => this.#hear(event, (service) => ({ kind: 'put', service })));
    events.addEventListener('delete', (event) => this.#hear(event, ({ name }) => ({ kind: 'delete', name })));
    events.addEventListener('reset', () => void this.#list());
    this.#events = events;
  }

  #stop(): void {
    this.#events?.close();
    this.#events = undefined;
  }

  /** A browser comes back by itself after a cut, but not after an answer that is no stream. */
  #interrupted({ readyState }: EventSource): void {
    if (readyState === EventSource.CLOSED) this.#lose(new Error('the nameserver ended the stream of events'));
    else this.#listener.linked({ kind: 'lost', why: 'the connection was cut' });
  }

  #lose(error: unknown): void {
    this.#listener.linked({ kind: 'lost', why: (error as Error).message });
    setTimeout(() => void this.#list(), RETRY_MS);
  }

  #hear(event: MessageEvent<string>, changeOf: (data: Service) => NewChange): void {
    if (event.lastEventId !== '') this.#seen = event.lastEventId;
    if (this.#waiting.length === 0) requestAnimationFrame(() => this.#tell());
    this.#waiting.push({ at: Date.now(), ...changeOf(JSON.parse(event.data)) });
  }

  /** All that came since the last frame, at once. */
  #tell(): void {
    const changes = this.#waiting;
    this.#waiting = [];
    if (changes.length > 0) this.#listener.changed(changes);
  }

  async #count(): Promise<void> {
    if (document.hidden) return;
    try {
      const since = `v1/traffic?after=${this.#sampled}`;
      const [status, { samples }] = await Promise.all([read<Status>('v1/status'), read<Traffic>(since)]);
      this.#sampled = samples.at(-1)?.at ?? this.#sampled;
      this.#listener.counted(status, samples);
    } catch {
      // The stream of events has noticed it too, and says so.
    }
  }
}

type NewChange = Change extends infer Each ? (Each extends Change ? Omit<Each, 'at'> : never) : never;

interface Traffic {
  readonly samples: readonly Sample[];
}

interface Page {
  readonly revision: number;
  readonly services: readonly Service[];
}

export interface Answer {
  readonly rcode: string;
  /** As dig prints it. */
  readonly text: string;
}

/** What the nameserver answers to a question from here. @throws {Error} saying what is wrong with it */
export function ask(name: string, type: string): Promise<Answer> {
  return read(`v1/names/${encodeURIComponent(name)}?type=${encodeURIComponent(type)}`);
}

async function read<T>(path: string): Promise<T> {
  const response = await fetch(path);
  const value = await response.json();
  if (!response.ok) throw new Error(value.detail ?? response.statusText);
  return value;
}
