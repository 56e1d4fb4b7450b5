import type { PluginDefaults } from './messages.ts';

/** What one call of `createService` came to, as JSON. */
interface CallReport {
  /** Absent when the plugin passed or threw. */
  readonly services?: readonly unknown[] | undefined;
  readonly threw?: string;
  /** What is wrong with what it returned. */
  readonly refused?: string;
  /** Lines written to the console. */
  readonly console: readonly string[];
}

/** The functions that the guest's process keeps inside the isolate. */
export interface Inside {
  /** Puts the globals in their place; a function of the same name that a script declared gives way. */
  readonly install: () => void;
  /** Calls `createService` with a container and gives back a {@link CallReport}, both as JSON. */
  readonly call: (createService: (container: unknown) => unknown, container: string) => string;
}

/**
 * Runs inside the isolate before any plugin: its source text is all that goes in, so it may use nothing but its
 * argument and what the language brings. It keeps what it needs of `JSON` and the like for itself before a
 * plugin can change them. Results become plain data here, because reading them may run the plugin's own
 * getters and `toString`, and those belong on this side of the wall.
 */
export function prelude(defaults: PluginDefaults): Inside {
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { trunc } = Math;
  const { defineProperty } = Reflect;
  const [toNumber, toText, isNoNumber] = [Number, String, Number.isNaN];
  const MOST_SERVICES = 64;
  const LONGEST_TEXT = 1_024;
  const MOST_LINES = 20;
  const LONGEST_LINE = 500;
  const REQUIRED = ['Service', 'Instance', 'Host'];
  const TEXTS = [...REQUIRED, 'Environment', 'Region'];
  const NUMBERS = ['Port', 'TTL'];
  let lines: string[] = [];

  /** `registry:5000/a/redis:7` is `redis`, `redis@sha256:…` too; an image known by its id alone is its short id. */
  function cleanImageName(image: unknown): string {
    const name = toText(image);
    const id = /^(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}$/.exec(name);
    if (id) return id[1] as string;
    const last = name.replace(/@.*$/, '').split('/').pop() as string;
    return last.replace(/:.*$/, '');
  }

  function removeSlash(text: unknown): string {
    return toText(text).replace(/\//g, '');
  }

  function write(...values: unknown[]): void {
    if (lines.length >= MOST_LINES) return;
    const words = values.map((value) => (typeof value === 'object' ? stringify(value) : toText(value)));
    lines[lines.length] = words.join(' ').slice(0, LONGEST_LINE);
  }

  const globals: Record<string, unknown> = {
    defaultTTL: defaults.ttl,
    defaultEnvironment: defaults.environment,
    defaultRegion: defaults.region,
    cleanImageName,
    removeSlash,
    console: { log: write, debug: write, info: write, warn: write, error: write, trace: write },
  };

  function install(): void {
    for (const name in globals) {
      const value = globals[name];
      const isNew = defineProperty(globalThis, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      // A script's own function declaration cannot be redefined so freely, but its value can be replaced.
      if (!isNew) defineProperty(globalThis, name, { value });
    }
  }

  /** ToInteger, with what JSON cannot carry kept out of every range. */
  function integer(value: unknown): number {
    const number = trunc(toNumber(value));
    if (isNoNumber(number)) return 0;
    return number > 1e15 ? 1e15 : number < -1e15 ? -1e15 : number;
  }

  function text(field: string, value: unknown): string {
    const string = `${value}`;
    if (string.length > LONGEST_TEXT) throw new Refusal(`${field} is longer than ${LONGEST_TEXT} characters`);
    return string;
  }

  class Refusal {
    readonly reason: string;
    constructor(reason: string) {
      this.reason = reason;
    }
  }

  /** What cannot be left out is sent as null, so that the host can name it. */
  function service(value: unknown): Record<string, unknown> {
    if (typeof value !== 'object' || value === null) {
      throw new Refusal(
        `returned ${value === null ? 'null' : `a ${typeof value}`} where a service should be`,
      );
    }
    const given = value as Record<string, unknown>;
    if (typeof given.then === 'function') throw new Refusal('returned a promise: it must answer at once');
    const plain: Record<string, unknown> = {};
    for (const field of TEXTS) {
      const content = given[field];
      plain[field] = content === undefined || content === null ? null : text(field, content);
    }
    for (const field of NUMBERS) {
      const content = given[field];
      plain[field] = content === undefined || content === null ? null : integer(content);
    }
    return plain;
  }

  function services(result: unknown): unknown[] | undefined {
    if (result === null || result === undefined) return undefined;
    if (!isArray(result)) return [service(result)];
    if (result.length > MOST_SERVICES) throw new Refusal(`returned more than ${MOST_SERVICES} services`);
    const all: unknown[] = [];
    for (let at = 0; at < result.length; at += 1) all[at] = service(result[at]);
    return all;
  }

  /** The message and the place in the plugin, of an Error or of anything else that was thrown. */
  function describe(thrown: unknown): string {
    try {
      const { stack } = Object(thrown) as { readonly stack?: unknown };
      const place = /\(?([^\s()]+:\d+:\d+)\)?/.exec(toText(stack ?? ''));
      return `${toText(thrown).slice(0, LONGEST_TEXT)}${place ? ` (${place[1]})` : ''}`;
    } catch {
      return 'something that cannot be shown';
    }
  }

  function call(createService: (container: unknown) => unknown, container: string): string {
    lines = [];
    return stringify({ ...outcome(createService, container), console: lines } satisfies CallReport);
  }

  function outcome(createService: (container: unknown) => unknown, container: string) {
    try {
      return { services: services(createService(parse(container))) };
    } catch (thrown) {
      return thrown instanceof Refusal ? { refused: thrown.reason } : { threw: describe(thrown) };
    }
  }

  return { install, call };
}
