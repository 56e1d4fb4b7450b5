import { type Option, OptionsError, type OptionTable } from '@callsign/daemon';

/** What skydock and dnsdock had under names that are no options here, and what to do instead. */
const GONE: Readonly<Record<string, string>> = {
  skydns: 'say where the nameserver is by --store http://HOST:8080',
  name: 'a nameserver is not looked for among the containers: say where it is by --store http://HOST:8080',
  secret: 'put the token into a file, and name that by --token-file',
  workers: 'leave it out: containers are looked at together',
  verbose: 'use --log-level debug',
  createAlias: 'write an alias into a label of the container, see docs/plugins.md',
};

/** `-ttl`, `-dns=:53`, and `-s=PATH`, which parseArgs takes for `-s` with the value `=PATH`. */
const OLD = /^-([a-zA-Z][a-zA-Z-]+|[a-z](?==))(=.*)?$/s;

/** A word of the command line, and what came of it. */
interface Read {
  /** `rest`: behind `--`. */
  readonly kind: 'option' | 'value' | 'rest';
  readonly word: string;
  readonly old?: string;
  readonly problem?: string;
}

/**
 * The command line in our own spelling: Go's flag package, and so skydock and dnsdock, writes long options with one
 * dash (`-ttl 30`, `-dns=:53`). Only options that the command has are taken for such; all else stays as it was.
 *
 * @returns the words, and the old spellings that were among them
 * @throws {OptionsError} naming each option of theirs that there is none of here
 */
export function modernised(
  table: OptionTable,
  argv: readonly string[],
): { readonly argv: readonly string[]; readonly old: readonly string[] } {
  const options = Object.values(table);
  const read: Read[] = [];
  for (const word of argv) read.push(following(options, read.at(-1), word));
  const problems = read.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw new OptionsError(problems);
  return { argv: read.map(({ word }) => word), old: [...new Set(read.flatMap(({ old }) => old ?? []))] };
}

/** What stands behind an option that takes a value is that value, whatever it looks like. */
function following(options: readonly Option<unknown>[], before: Read | undefined, word: string): Read {
  if (before?.kind === 'rest' || (before?.kind === 'option' && before.word === '--'))
    return { kind: 'rest', word };
  if (before?.kind === 'option' && takesValue(options, before.word)) return { kind: 'value', word };
  return { kind: 'option', ...respelled(options, word) };
}

function respelled(options: readonly Option<unknown>[], word: string): Omit<Read, 'kind'> {
  const [, name, value = ''] = OLD.exec(word) ?? [];
  if (name === undefined) return { word };
  const known = options.find(({ flag, short }) => flag === name || short === name);
  if (known !== undefined)
    return { word: `--${known.flag}${value}`, ...(name.length > 1 && { old: `-${name}` }) };
  const instead = Object.hasOwn(GONE, name) ? GONE[name] : undefined;
  return instead === undefined
    ? { word }
    : { word, problem: `-${name}: there is no such option here: ${instead}` };
}

function takesValue(options: readonly Option<unknown>[], word: string): boolean {
  return options.some(
    ({ flag, short, value }) => value !== undefined && (word === `--${flag}` || word === `-${short}`),
  );
}
