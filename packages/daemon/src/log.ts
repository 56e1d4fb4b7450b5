import { styleText } from 'node:util';
import { type Clock, systemClock } from './clock.ts';
import { printable } from './printable.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Fields = Readonly<Record<string, unknown>>;

/** A structured log: a sentence that can be searched for, and the values beside it. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log whose every line carries these fields too. */
  child(fields: Fields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** `text` for a person at a terminal, `json` for a program. */
  readonly format: 'text' | 'json';
  /** Takes one line without its line end. */
  readonly write: (line: string) => void;
  readonly clock?: Clock;
}

interface Line {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Fields;
}

export function createLog(options: LogOptions, bound: Fields = {}): Log {
  const { level: lowest, format, write, clock = systemClock } = options;
  const render = format === 'json' ? renderJson : renderText;
  const at =
    (level: LogLevel) =>
    (message: string, fields: Fields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(lowest)) return;
      const time = new Date(clock.now()).toISOString();
      write(render({ time, level, message, fields: { ...bound, ...fields } }));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLog(options, { ...bound, ...fields }),
  };
}

/** A log that nobody reads. */
export const silentLog: Log = createLog({ level: 'error', format: 'json', write: () => undefined });

function renderJson({ time, level, message, fields }: Line): string {
  return JSON.stringify({ time, level, message, ...fields });
}

const COLOURS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

function renderText({ time, level, message, fields }: Line): string {
  const head = `${time.slice(11, 23)} ${styleText(COLOURS[level], level.padEnd(5))} ${printable(message)}`;
  const rest = Object.entries(fields).map(([name, value]) => `${styleText('gray', name)}=${readable(value)}`);
  return [head, ...rest].join(' ');
}

function readable(value: unknown): string {
  // JSON has no escape of its own for what stands behind ASCII, where terminals have control characters too.
  return typeof value === 'string' && /^[\w./:@*-]+$/.test(value)
    ? value
    : printable(JSON.stringify(value) ?? 'undefined');
}

/**
 * Says of each key whether it was seen with this content before, so that a fault that lasts is logged once
 * and not once a second. Forgets the oldest keys beyond `most`.
 */
export class Once {
  readonly #seen = new Map<string, string>();
  readonly #most: number;

  constructor(most = 10_000) {
    this.#most = most;
  }

  /** True the first time that `key` is seen with `content`. */
  first(key: string, content = ''): boolean {
    if (this.#seen.get(key) === content) return false;
    this.#seen.delete(key);
    this.#seen.set(key, content);
    if (this.#seen.size > this.#most) this.forget(this.#seen.keys().next().value as string);
    return true;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}
