/** One `createService` script. */
export interface Plugin {
  /** Its file name, for the log. */
  readonly name: string;
  readonly code: string;
}

/** What a script finds as globals. */
export interface PluginDefaults {
  readonly ttl: number;
  readonly environment: string;
  readonly region: string;
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
      /** Counted from 0 in the order of loading. */
      readonly plugin: number;
      readonly container: string;
    };

export type Answer =
  | { readonly kind: 'loaded' }
  /** `text` is what the prelude made of the call, as JSON. */
  | { readonly kind: 'returned'; readonly text: string }
  /** The script did not come to its end: it threw where nothing caught it, or the isolate stopped it. */
  | {
      readonly kind: 'stopped';
      readonly failure: 'threw' | 'timeout' | 'memory';
      readonly reason: string;
    };

/** The longest text that a call may give back, in characters. */
export const LONGEST_RESULT = 256 * 1024;

const FAILURES: readonly unknown[] = ['threw', 'timeout', 'memory'];

/** Reads what came out of the guest's process, whoever wrote it there; undefined when it is no answer. */
export function readAnswer(message: unknown): Answer | undefined {
  const { kind, text, failure, reason } = Object(message) as Record<string, unknown>;
  if (kind === 'loaded') return { kind };
  if (kind === 'returned' && typeof text === 'string' && text.length <= LONGEST_RESULT) return { kind, text };
  if (kind !== 'stopped' || typeof reason !== 'string' || !FAILURES.includes(failure)) return undefined;
  return {
    kind,
    failure: failure as 'threw' | 'timeout' | 'memory',
    reason: reason.slice(0, 1_000),
  };
}
