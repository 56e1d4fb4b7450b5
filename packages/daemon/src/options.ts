import { parseArgs } from 'node:util';
import { CallsignError, describe } from './errors.ts';
import { nearest } from './nearest.ts';

/** One option: everything that parsing, `--help` and docs/options.md say of it comes from here. */
export interface Option<T> {
  /** The long spelling without dashes; `CALLSIGN_` and its upper-case form name the environment variable. */
  readonly flag: string;
  readonly short?: string;
  /** Further environment variables that other tools established, asked after our own. */
  readonly env?: readonly string[];
  /** True: it belongs to one call, and no environment variable sets it. */
  readonly once?: boolean;
  /** What stands for the value in the help; absent: the option is a switch. */
  readonly value?: string;
  /** Used when nothing is given, spelled as a user would. */
  readonly fallback?: readonly string[];
  /** The help's sentence. */
  readonly text: string;
  readonly many: boolean;
  /** Reads all the values given; throws with a sentence that says what is wrong. */
  readonly parse: (values: readonly string[]) => T;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
export type ValuesOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never;
};

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OptionSource {
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Reads the file that a `…_FILE` variable names. */
  readonly readFile: (path: string) => string;
}

export class OptionsError extends CallsignError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('OPTIONS_INVALID', problems.join('\n'), { cure: 'See --help' });
    this.problems = problems;
  }
}

type Spelling<T> = Omit<Option<unknown>, 'many' | 'parse' | 'fallback'> & {
  readonly parse: (text: string) => T;
};

/** An option with one value and a default. */
export function option<T>(spec: Spelling<T> & { readonly fallback: string }): Option<T> {
  const parse = (values: readonly string[]) => spec.parse(values.at(-1) ?? spec.fallback);
  return { ...spec, fallback: [spec.fallback], many: false, parse };
}

/** An option with one value that may be left out. */
export function optional<T>(spec: Spelling<T>): Option<T | undefined> {
  const parse = (values: readonly string[]) => {
    const last = values.at(-1);
    return last === undefined ? undefined : spec.parse(last);
  };
  return { ...spec, many: false, parse };
}

/** An option that may be repeated; its environment variable takes a comma list. */
export function list<T>(spec: Spelling<T> & { readonly fallback?: readonly string[] }): Option<readonly T[]> {
  const parse = (values: readonly string[]) =>
    (values.length > 0 ? values : (spec.fallback ?? [])).map(spec.parse);
  return { ...spec, many: true, parse };
}

/** The same, where the command line takes a comma list, too. */
export function commaList<T>(spec: Parameters<typeof list<T>>[0]): Option<readonly T[]> {
  const each = list(spec);
  return { ...each, parse: (values) => each.parse(values.flatMap(partsOf)) };
}

function partsOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** An option without a value. */
export function toggle(spec: Omit<Spelling<boolean>, 'value' | 'parse'>): Option<boolean> {
  return { ...spec, many: false, parse: (values) => values.length > 0 && truth(values.at(-1) ?? '') };
}

export function envName(flag: string): string {
  return `CALLSIGN_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Reads a table's options: the command line wins over the environment, which wins over the default.
 * Pure: nothing is read but what `source` holds. Reports every problem at once.
 *
 * @throws {OptionsError} naming each unknown option and each value that does not parse
 */
export function parseOptions<Table extends OptionTable>(
  table: Table,
  source: OptionSource,
): { readonly values: ValuesOf<Table>; readonly positionals: readonly string[] } {
  const problems: string[] = [];
  const { given, positionals } = readArgv(table, source.argv, problems);
  const values: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(table)) {
    const said = given.get(entry.flag);
    const variable = said === undefined ? variableOf(entry, source.env) : undefined;
    try {
      values[name] = entry.parse(said ?? valuesOf(variable, entry, source));
    } catch (error) {
      problems.push(`${variable ?? `--${entry.flag}`}: ${describe(error)}`);
    }
  }
  if (problems.length > 0) throw new OptionsError(problems);
  return { values: values as ValuesOf<Table>, positionals };
}

function readArgv(table: OptionTable, argv: readonly string[], problems: string[]) {
  const byFlag = new Map(Object.values(table).map((entry) => [entry.flag, entry]));
  const options = Object.fromEntries([...byFlag].map(([flag, entry]) => [flag, parsedAs(entry)]));
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const given = new Map<string, string[]>();
  for (const { name, rawName, value } of tokens.filter((token) => token.kind === 'option')) {
    const entry = byFlag.get(name);
    if (entry === undefined) problems.push(unknown(rawName, [...byFlag.keys()]));
    else if (entry.value !== undefined && value === undefined) problems.push(`${rawName}: needs a value`);
    else given.set(name, [...(given.get(name) ?? []), value ?? 'true']);
  }
  const positionals = tokens.filter((token) => token.kind === 'positional').map(({ value }) => value);
  return { given, positionals };
}

/** An option as parseArgs wants it. */
function parsedAs({ value, short }: Option<unknown>) {
  const type = value === undefined ? 'boolean' : 'string';
  return { type, multiple: true, ...(short !== undefined && { short }) } as const;
}

function unknown(spelled: string, flags: readonly string[]): string {
  const near = nearest(spelled.replace(/^-+/, ''), flags);
  return `${spelled}: unknown option${near === undefined ? '' : `; did you mean --${near}?`}`;
}

/** The environment variable that says something of an option. */
function variableOf({ flag, once, env: others = [] }: Option<unknown>, env: Environment): string | undefined {
  if (once) return undefined;
  const own = [envName(flag), fileVariable(flag)].find((name) => env[name] !== undefined);
  // In the tools that established the others, an empty variable counts as unset.
  return own ?? others.find((name) => env[name]);
}

function fileVariable(flag: string): string {
  return `${envName(flag)}_FILE`;
}

function valuesOf(
  variable: string | undefined,
  { flag, many }: Option<unknown>,
  { env, readFile }: OptionSource,
): readonly string[] {
  if (variable === undefined) return [];
  const said = env[variable] ?? '';
  const text = variable === fileVariable(flag) ? readFile(said).trimEnd() : said;
  return many ? partsOf(text) : [text];
}

function truth(text: string): boolean {
  if (['', '0', 'false', 'no', 'off'].includes(text.toLowerCase())) return false;
  if (['1', 'true', 'yes', 'on'].includes(text.toLowerCase())) return true;
  throw new Error(`"${text}" is neither true nor false`);
}

/** Parser of a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new Error(`"${text}" is not a whole number from ${least} to ${most}`);
  };
}
