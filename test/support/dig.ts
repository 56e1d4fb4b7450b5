import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import { exec } from './exec.ts';
import { DIG, pathOf } from './parts.ts';

/** What an answer holds, as `dig` prints it: records are zone-file lines with single spaces. */
export interface DigAnswer {
  readonly rcode: string;
  readonly flags: readonly string[];
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
}

export interface DigOptions {
  readonly tcp?: boolean;
  /** Further words of dig's own: `+bufsize=512`, `+subnet=…`. */
  readonly words?: readonly string[];
}

/** Asks once with the real `dig`. Fails when no answer comes within five seconds. */
export async function ask(
  server: SocketAddress,
  name: string,
  type: string,
  { tcp = false, words = [] }: DigOptions = {},
): Promise<DigAnswer> {
  const how = ['+tries=1', '+time=5', '+nocookie', tcp ? '+tcp' : '+notcp', ...words];
  const args = [`@${server.host}`, '-p', String(server.port), name, type, ...how];
  try {
    return parseDig(await exec(pathOf(DIG), args));
  } catch (error) {
    throw new Error(`no answer from ${formatSocketAddress(server)} for ${name} ${type}`, { cause: error });
  }
}

/** The addresses alone, sorted: what most tests compare. */
export async function addresses(
  server: SocketAddress,
  name: string,
  options?: DigOptions,
): Promise<string[]> {
  const { answer } = await ask(server, name, 'A', options);
  return answer
    .filter((line) => line.split(' ')[3] === 'A')
    .map((line) => line.split(' ')[4] ?? '')
    .toSorted();
}

/** What `dig` printed of one answer. */
export function parseDig(text: string): DigAnswer {
  const rcode = /status: (\w+)/.exec(text)?.[1];
  if (rcode === undefined) throw new Error(`dig printed no header:\n${text}`);
  const flags = /^;; flags: ([^;]*);/m.exec(text)?.[1]?.split(' ') ?? [];
  const section = (name: string) => sectionOf(text, name);
  return {
    rcode,
    flags: flags.filter((flag) => flag !== ''),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    additional: section('ADDITIONAL'),
  };
}

function sectionOf(text: string, name: string): string[] {
  const from = text.split(`;; ${name} SECTION:\n`)[1]?.split('\n\n')[0] ?? '';
  return from
    .split('\n')
    .flatMap((line) => (line === '' || line.startsWith(';') ? [] : line.replace(/\s+/g, ' ')));
}
