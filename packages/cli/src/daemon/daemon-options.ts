import {
  createLog,
  LOG_LEVELS,
  type Log,
  type LogLevel,
  type OptionTable,
  option,
  optional,
  type ValuesOf,
} from '@callsign/daemon';
import type { Host } from '../command/host.ts';

/** Options that every daemon has. */
export const DAEMON_OPTIONS = {
  logLevel: option({
    flag: 'log-level',
    value: 'LEVEL',
    fallback: 'info',
    text: `what is logged: ${LOG_LEVELS.join(', ')}`,
    parse: oneOf<LogLevel>(LOG_LEVELS),
  }),
  logFormat: option({
    flag: 'log-format',
    value: 'FORMAT',
    fallback: 'auto',
    text: 'text for people, json for programs, auto: text on a terminal',
    parse: oneOf(['auto', 'text', 'json'] as const),
  }),
  trace: optional({
    flag: 'trace',
    value: 'URL',
    text: 'an OpenTelemetry collector to send traces to by OTLP over HTTP, for example http://collector:4318 [none]',
    parse: collectorUrl,
  }),
} satisfies OptionTable;

export function logFor(host: Host, { logLevel, logFormat }: ValuesOf<typeof DAEMON_OPTIONS>): Log {
  const automatic = host.terminal ? 'text' : 'json';
  const format = logFormat === 'auto' ? automatic : logFormat;
  return createLog({ level: logLevel, format, write: host.logLine });
}

function oneOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new Error(`"${text}" is none of ${choices.join(', ')}`);
    return found;
  };
}

function collectorUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new Error(`"${text}" is not the URL of a collector, for example http://collector:4318`);
}
