import { type Option, OptionsError, type OptionTable } from '@callsign/daemon';
import { GONE, RENAMED, SWITCHES } from './old-options.ts';

/** Go's flag package takes one dash for two: `-ttl 30`, `-dns=:53`. */
const OPTION = /^(--?)([a-zA-Z][a-zA-Z.-]*)(=.*)?$/s;
/** Where registrator wrote to: a word by itself. */
const BACKEND = /^(consul|consulkv|etcd|skydns2|zookeeper)(-unix|-tls)?:\/\//;

type Options = readonly Option<unknown>[];

/** A word of the command line, and what came of it. */
interface Read {
  /** `rest`: behind `--`. */
  readonly kind: 'option' | 'value' | 'rest';
  readonly word: string;
  readonly old?: readonly [was: string, now: string];
  readonly problem?: string;
}

export interface Modernised {
  readonly argv: readonly string[];
  /** The old spellings among them, each with how it is written now. */
  readonly old: ReadonlyMap<string, string>;
}

/**
 * The command line in our own spelling. Only what they had and this command has is taken for such; all else stays as it
 * was, and is refused as whole a word as it was typed.
 *
 * @throws {OptionsError} naming each option of theirs that there is none of here
 */
export function modernised(known: OptionTable, argv: readonly string[]): Modernised {
  const options = Object.values(known);
  const read: Read[] = [];
  for (const word of argv) read.push(following(options, read.at(-1), word));
  const problems = read.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw new OptionsError(problems);
  return { argv: read.map(({ word }) => word), old: new Map(read.flatMap(({ old }) => (old ? [old] : []))) };
}

/** What stands behind an option that takes a value is that value, whatever it looks like. */
function following(options: Options, before: Read | undefined, word: string): Read {
  if (before?.kind === 'rest' || (before?.kind === 'option' && before.word === '--'))
    return { kind: 'rest', word };
  if (before?.kind === 'option' && takesValue(options, before.word)) return { kind: 'value', word };
  return { kind: 'option', ...respelled(options, word) };
}

function respelled(options: Options, word: string): Omit<Read, 'kind'> {
  const [, dashes, name = '', value = ''] = OPTION.exec(word) ?? [];
  if (dashes === undefined) return withoutBackend(options, word);
  const was = `${dashes}${name}`;
  const own = options.find(({ flag, short }) => flag === name || `-${short}` === was);
  if (own !== undefined) return renamed(was, `--${own.flag}`, value);
  return (isDaemon(options) ? theirs(options, was, name, value) : undefined) ?? whole(was, value);
}

function theirs(options: Options, was: string, name: string, value: string): Omit<Read, 'kind'> | undefined {
  const flag = RENAMED.get(name);
  if (flag !== undefined && has(options, flag)) return renamed(was, `--${flag}`, value);
  const said = SWITCHES.get(name);
  if (said !== undefined && value !== '=false') return renamed(was, said, '');
  const instead = GONE.get(name);
  return instead === undefined ? undefined : refused(was, `there is no such option here: ${instead}`);
}

function renamed(was: string, now: string, value: string): Omit<Read, 'kind'> {
  // One letter is as good as the whole name.
  return { word: `${now}${value}`, ...(was !== now && was.length > 2 && { old: [was, now] }) };
}

/** parseArgs would take "-colour" for six options of one letter. */
function whole(was: string, value: string): Omit<Read, 'kind'> {
  return { word: `${was.length > 2 ? was.replace(/^-(?!-)/, '--') : was}${value}` };
}

function withoutBackend(options: Options, word: string): Omit<Read, 'kind'> {
  if (!BACKEND.test(word) || !isDaemon(options)) return { word };
  return refused(word, 'say where records go by --store, for example --store etcd://127.0.0.1:2379/skydns');
}

function refused(word: string, why: string): Omit<Read, 'kind'> {
  return { word, problem: `${word}: ${why}` };
}

function takesValue(options: Options, word: string): boolean {
  return options.some(({ flag, value }) => value !== undefined && word === `--${flag}`);
}

/** Only those who have a log take the place of what came before. */
function isDaemon(options: Options): boolean {
  return has(options, 'log-level');
}

function has(options: Options, name: string): boolean {
  return options.some(({ flag }) => flag === name);
}
