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

/** What the host asks of the guest's process: one thing at a time, and one answer to each. */
export type Question =
  | {
      readonly kind: 'load';
      readonly plugin: Plugin;
      readonly defaults: PluginDefaults;
      readonly limits: GuestLimits;
    }
  | {
      readonly kind: 'call';
      /** Those to ask, counted from 0 in the order of loading; each is asked for what the ones before it passed. */
      readonly plugins: readonly number[];
      /** Containers, each as JSON. */
      readonly containers: readonly string[];
    };

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

const FAILURES: readonly unknown[] = ['threw', 'timeout', 'memory'];

/** Reads what came out of the guest's process, whoever wrote it there; undefined when it is no answer. */
export function readAnswer(message: unknown): Answer | undefined {
  const { kind, reports, plugin, failure, reason } = Object(message) as Record<string, unknown>;
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

function areReports(value: unknown): value is readonly (readonly string[])[] {
  const isReport = (text: unknown) => typeof text === 'string' && text.length <= LONGEST_REPORT;
  return Array.isArray(value) && value.every((one) => Array.isArray(one) && one.every(isReport));
}
