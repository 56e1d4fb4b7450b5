/** One `createService` script. */
export interface Plugin {
  /** Its file name, for the log. */
  readonly name: string;
  readonly code: string;
  /** True for those that come with Callsign: with `--explicit` they name only what asks to be named. */
  readonly shipped: boolean;
}

/** What a script finds as globals. */
export interface PluginDefaults {
  readonly ttl: number;
  readonly environment: string;
  readonly region: string;
  /** The domain that names are in, without its trailing dot. */
  readonly domain: string;
}

/** How much a guest may take. */
export interface GuestLimits {
  /** Milliseconds for one call, kept inside the guest's process. */
  readonly timeoutMs: number;
  /** Megabytes for one isolate. */
  readonly memoryMb: number;
}

/** Where the guest's process finds its host: a socket, for standard output belongs to whatever Node may have to say. */
export const HOST_FD = 3;

/** What the host asks of the guest's process: one thing at a time, and one answer to each. */
export type Question =
  | {
      readonly kind: 'load';
      readonly plugin: Plugin;
      readonly defaults: PluginDefaults;
      readonly limits: GuestLimits;
    }
  | Call;

interface Call {
  readonly kind: 'call';
  /** Those to ask, counted from 0 in the order of loading; each is asked for what the ones before it passed. */
  readonly plugins: readonly number[];
  /** One or more containers, each as JSON. */
  readonly containers: readonly string[];
}

export type Answer =
  | { readonly kind: 'loaded' }
  /** For each container what the prelude made of each call, as JSON, in the order of the plugins asked. */
  | { readonly kind: 'returned'; readonly reports: readonly (readonly string[])[] }
  /** A script did not come to its end: it threw where nothing caught it, or the isolate stopped it. */
  | {
      readonly kind: 'stopped';
      readonly plugin: number;
      readonly failure: 'threw' | 'timeout' | 'memory';
      readonly reason: string;
    };

/** The longest report that a call may give back, in characters. */
export const LONGEST_REPORT = 256 * 1024;

/** Stands for the report of a plugin that would have passed the container anyway. */
export const UNASKED = '';

/** What a question is, and how many lines of containers follow it. */
type Head =
  | Exclude<Question, { kind: 'call' }>
  | (Omit<Call, 'containers'> & { readonly containers: number });

/** A question as lines: one of JSON, and each container on one of its own, so that it is JSON once and not twice. */
export function linesOf(question: Question): readonly string[] {
  if (question.kind === 'load') return [JSON.stringify(question)];
  const { containers, ...call } = question;
  const head: Head = { ...call, containers: containers.length };
  return [JSON.stringify(head), ...containers];
}

/** Puts the lines of questions together again. */
export class QuestionReader {
  #head: Exclude<Head, { kind: 'load' }> | undefined;
  #containers: string[] = [];

  /** @returns the question that ends with this line */
  take(line: string): Question | undefined {
    if (this.#head === undefined) return this.#begin(JSON.parse(line));
    this.#containers.push(line);
    if (this.#containers.length < this.#head.containers) return undefined;
    const question = { ...this.#head, containers: this.#containers };
    this.#head = undefined;
    return question;
  }

  #begin(head: Head): Question | undefined {
    if (head.kind === 'load') return head;
    this.#head = head;
    this.#containers = [];
    return undefined;
  }
}

/** The longest line that an answer may have, in characters: a batch's reports are far less. */
export const LONGEST_ANSWER = 64 * 1024 * 1024;

const FAILURES: readonly unknown[] = ['threw', 'timeout', 'memory'];

/** Reads a line that came out of the guest's process, whoever wrote it there; undefined when it is no answer. */
export function readAnswer(line: string): Answer | undefined {
  const { kind, reports, plugin, failure, reason } = Object(parsed(line)) as Record<string, unknown>;
  if (kind === 'loaded') return { kind };
  if (kind === 'returned') return areReports(reports) ? { kind, reports } : undefined;
  if (kind !== 'stopped' || typeof reason !== 'string' || !FAILURES.includes(failure)) return undefined;
  return {
    kind,
    plugin: Number(plugin),
    failure: failure as 'threw' | 'timeout' | 'memory',
    reason: reason.slice(0, 1_000),
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function areReports(value: unknown): value is readonly (readonly string[])[] {
  const isReport = (text: unknown) => typeof text === 'string' && text.length <= LONGEST_REPORT;
  return Array.isArray(value) && value.every((one) => Array.isArray(one) && one.every(isReport));
}
