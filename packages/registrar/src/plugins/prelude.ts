import type { Globals } from './globals.ts';
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

type CreateService = (container: unknown) => unknown;

/** The functions that the guest's process keeps inside the isolate. */
export interface Inside {
  /** Puts the globals in their place; a function of the same name that a script declared gives way. */
  readonly install: () => void;
  /**
   * Calls `createService` with each container. Both ways one text, for nothing else is as cheap to hand over: a line
   * of JSON for each container, and for each a line with `+`, or `-` when the plugin passed, and a {@link CallReport}.
   */
  readonly call: (createService: CreateService, containers: string) => string;
}

/**
 * Runs inside the isolate before any plugin: its source text is all that goes in, so it may use nothing but its
 * arguments and what the language brings. It keeps what it needs of `JSON` and the like for itself before a
 * plugin can change them. Results become plain data here, because reading them may run the plugin's own
 * getters and `toString`, and those belong on this side of the wall.
 */
export function prelude(
  defaults: PluginDefaults,
  makeGlobals: (defaults: PluginDefaults, write: (...values: unknown[]) => void) => Globals,
): Inside {
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { trunc } = Math;
  const { apply, defineProperty } = Reflect;
  const { split } = String.prototype;
  const [toNumber, toText, isNoNumber] = [Number, String, Number.isNaN];
  const MOST_SERVICES = 64;
  const LONGEST_TEXT = 1_024;
  const MOST_LINES = 20;
  const LONGEST_LINE = 500;
  const MOST_PARTS = 64;
  const NAMES = ['Service', 'Instance', 'Host', 'Environment', 'Region'];
  const TEXTS = [...NAMES, 'Text', 'Group', 'Protocol', 'PortName', 'Scheme'];
  const NUMBERS = ['Port', 'TTL', 'Priority', 'Weight'];
  const LISTS = ['Aliases', 'ALPN'];
  const UNSHOWN = 'something that cannot be shown';
  let lines: string[] = [];

  function write(...values: unknown[]): void {
    if (lines.length >= MOST_LINES) return;
    lines[lines.length] = values.map(shown).join(' ').slice(0, LONGEST_LINE);
  }

  /** JSON has no words for an object that is within itself, and an object may have none for itself. */
  function shown(value: unknown): string {
    try {
      return typeof value === 'object' ? stringify(value) : toText(value);
    } catch {
      return UNSHOWN;
    }
  }

  const { skydock, callsign } = makeGlobals(defaults, write);
  // Before the script: whoever calls something of his own `callsign` may.
  define('callsign', callsign);

  function install(): void {
    for (const name in skydock) define(name, skydock[name]);
  }

  function define(name: string, value: unknown): void {
    const open = { writable: true, enumerable: true, configurable: true };
    const isNew = defineProperty(globalThis, name, { value, ...open });
    // A script's own function declaration cannot be redefined so freely, but its value can be replaced.
    if (!isNew) defineProperty(globalThis, name, { value });
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

  /** A list, or a text that is a comma list. */
  function texts(field: string, value: unknown): string[] {
    const parts: unknown[] = isArray(value) ? value : text(field, value).split(',');
    if (parts.length > MOST_PARTS) throw new Refusal(`${field} has more than ${MOST_PARTS} parts`);
    const all: string[] = [];
    for (let at = 0; at < parts.length; at += 1) {
      const part = text(field, parts[at]).trim();
      if (part !== '') all[all.length] = part;
    }
    return all;
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
    read(given, plain, TEXTS, text);
    read(given, plain, NUMBERS, (_, content) => integer(content));
    read(given, plain, LISTS, texts);
    read(given, plain, ['Mail'], (_, content) => content === true || content === 'true');
    return plain;
  }

  function read(
    given: Record<string, unknown>,
    plain: Record<string, unknown>,
    fields: readonly string[],
    as: (field: string, content: unknown) => unknown,
  ): void {
    for (const field of fields) {
      const content = given[field];
      plain[field] = content === undefined || content === null ? null : as(field, content);
    }
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
      return UNSHOWN;
    }
  }

  function call(createService: CreateService, containers: string): string {
    const all: string[] = apply(split, containers, ['\n']);
    let reports = '';
    for (let at = 0; at < all.length; at += 1) {
      lines = [];
      const report: CallReport = { ...outcome(createService, all[at] as string), console: lines };
      const { services: found, threw, refused } = report;
      const passed = found === undefined && threw === undefined && refused === undefined;
      reports += `${at === 0 ? '' : '\n'}${passed ? '-' : '+'}${stringify(report)}`;
    }
    return reports;
  }

  function outcome(createService: CreateService, container: string): Omit<CallReport, 'console'> {
    try {
      return { services: services(createService(parse(container))) };
    } catch (thrown) {
      return thrown instanceof Refusal ? { refused: thrown.reason } : { threw: describe(thrown) };
    }
  }

  return { install, call };
}
