import type { ReadValue, ZoneRecord } from './record.ts';

/** What a SkyDNS 1 client registered, word for word; kept in the record beside what it means for DNS. */
export interface SkyDns1Service {
  readonly UUID: string;
  readonly Name: string;
  readonly Version: string;
  readonly Environment: string;
  readonly Region: string;
  readonly Host: string;
  readonly Port: number;
  readonly NoExpire: boolean;
}

/** Who wants to be told when a service is gone. */
export interface SkyDns1Callback {
  readonly UUID: string;
  readonly Reply: string;
  readonly Port: number;
}

/** The record of a client that must beat, or be withdrawn. */
export type Registration = ZoneRecord & {
  readonly service: {
    readonly callsign: {
      readonly skydns1: SkyDns1Service;
      readonly expires?: string;
      readonly callbacks?: readonly SkyDns1Callback[];
    };
  };
};

/**
 * The records that clients registered by hand under an id of their own, found by that id. Two nameservers that are asked at the
 * same time may have let two names have one: then it is that of the first by name, and each ends by itself.
 */
export class Registered {
  readonly #byId = new Map<string, readonly Registration[]>();

  add(record: Registration): void {
    const all = [...this.#others(record), record];
    this.#byId.set(idOf(record), all.toSorted(byName));
  }

  remove(record: ZoneRecord): void {
    if (!isRegistration(record)) return;
    const others = this.#others(record);
    if (others.length > 0) this.#byId.set(idOf(record), others);
    else this.#byId.delete(idOf(record));
  }

  get(id: string): Registration | undefined {
    return this.#byId.get(id)?.[0];
  }

  all(): Registration[] {
    return [...this.#byId.values()].flat();
  }

  /** Those whose time ran out before `now`, in milliseconds since the epoch. */
  expired(now: number): Registration[] {
    return this.all().filter(({ service }) => Date.parse(service.callsign.expires ?? '') <= now);
  }

  #others(record: Registration): readonly Registration[] {
    const all = this.#byId.get(idOf(record)) ?? [];
    return all.filter(({ name }) => name !== record.name);
  }
}

/** Anybody may write into the store: what does not have the form is a record like any other. */
export function isRegistration<Read extends ReadValue>(
  value: Read,
): value is Read & Pick<Registration, 'service'> {
  const { skydns1, callbacks = [] } = value.service.callsign ?? {};
  return (
    has(skydns1, TEXTS) &&
    Array.isArray(callbacks) &&
    callbacks.every((callback) => has(callback, ['UUID', 'Reply']))
  );
}

const TEXTS = ['UUID', 'Name', 'Version', 'Environment', 'Region', 'Host'];

/** True for an object with these texts and a port number. */
function has(value: unknown, texts: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const told = value as Readonly<Record<string, unknown>>;
  return texts.every((field) => typeof told[field] === 'string') && typeof told.Port === 'number';
}

function byName(a: Registration, b: Registration): number {
  return a.name < b.name ? -1 : 1;
}

function idOf(record: Registration): string {
  return record.service.callsign.skydns1.UUID;
}
