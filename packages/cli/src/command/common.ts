import { openStore, type Store } from '@callsign/catalog';
import {
  type CallsignError,
  createLog,
  LOG_LEVELS,
  type Log,
  type LogLevel,
  OptionsError,
  type OptionTable,
  option,
  optional,
  toggle,
  type ValuesOf,
} from '@callsign/daemon';
import type { Host } from './host.ts';

/** Options that every daemon has. */
export const COMMON_OPTIONS = {
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

export const JSON_OPTION = toggle({ flag: 'json', text: 'print JSON, for programs', once: true });

/** How a store is reached that wants to know who asks. */
export const STORE_ACCESS_OPTIONS = {
  tokenFile: optional({
    flag: 'token-file',
    value: 'FILE',
    text: 'a file with the bearer token that writes to a nameserver need',
    parse: String,
  }),
  storeCa: pemFile('store-ca', 'the authority that signed the certificate of an etcds:// store'),
  storeCert: pemFile('store-cert', 'our own certificate for an etcds:// store'),
  storeKey: pemFile('store-key', 'the key of that certificate'),
} satisfies OptionTable;

function pemFile(flag: string, text: string) {
  return optional({ flag, value: 'FILE', text, parse: String });
}

/** @throws {CallsignError} when the address is none, or a file that it needs cannot be read */
export function openNamedStore(
  host: Host,
  address: string,
  { tokenFile, storeCa, storeCert, storeKey }: ValuesOf<typeof STORE_ACCESS_OPTIONS>,
): Promise<Store> {
  const tls = {
    ...(storeCa !== undefined && { ca: storeCa }),
    ...(storeCert !== undefined && { cert: storeCert }),
    ...(storeKey !== undefined && { key: storeKey }),
  };
  return openStore(address, { ...readToken(host, tokenFile), tls });
}

export function logFor(host: Host, { logLevel, logFormat }: ValuesOf<typeof COMMON_OPTIONS>): Log {
  const automatic = host.terminal ? 'text' : 'json';
  const format = logFormat === 'auto' ? automatic : logFormat;
  return createLog({ level: logLevel, format, write: host.logLine });
}

/** The token in a file, without the line's end. @throws {OptionsError} when it cannot be read or is empty */
export function readToken(host: Host, path: string | undefined): { readonly token?: string } {
  if (path === undefined) return {};
  return { token: readOptionFile(host, 'token-file', path, parseToken) };
}

function parseToken(text: string): string {
  const token = text.trim();
  if (token === '') throw new Error('it is empty');
  // Never shown: what is in a file that was named by mistake may be a key.
  if (!TOKEN.test(token)) throw new Error('it holds more than a token, which is one line of printable ASCII');
  return token;
}

/** What a header can carry (RFC 9110, 5.5). */
const TOKEN = /^[\x20-\x7e]+$/;

/** What the file that an option names says. @throws {OptionsError} naming the option when it cannot be read or parsed */
export function readOptionFile<T>(host: Host, flag: string, path: string, parse: (text: string) => T): T {
  const text = optionFile(host, flag, path);
  try {
    return parse(text);
  } catch (error) {
    throw new OptionsError([`--${flag}: ${path}: ${(error as Error).message}`]);
  }
}

function optionFile(host: Host, flag: string, path: string): string {
  try {
    return host.readFile(path);
  } catch (error) {
    throw new OptionsError([`--${flag}: ${path} cannot be read: ${(error as CallsignError).message}`]);
  }
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
