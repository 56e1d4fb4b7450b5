import type { Option } from '@callsign/daemon';
import type { Command } from '../command/command.ts';

/** What can be typed behind a command's name. */
export interface CommandWords {
  readonly name: string;
  readonly text: string;
  readonly choices: readonly string[];
  /** True when the paths of files may follow the first word. */
  readonly takesPaths: boolean;
  readonly flags: readonly Flag[];
}

export interface Flag {
  readonly long: string;
  readonly short: string | undefined;
  readonly text: string;
  /** What follows it: nothing, the path of a file, or something that only people know. */
  readonly takes: 'nothing' | 'path' | 'value';
  /** What stands for that value in the help. */
  readonly value: string;
  readonly many: boolean;
}

const PATH = /FILE|DIR|PLUGIN/;

export function wordsOf(
  { name, text, words = '', choices = [], options }: Command,
  hostname: string,
): CommandWords {
  const flags = Object.values(options(hostname)).map(flagOf);
  return { name, text, choices, takesPaths: PATH.test(words), flags };
}

/** What is understood besides the commands themselves. */
export function helpWords(commands: readonly Command[]): readonly CommandWords[] {
  const choices = commands.map(({ name }) => name);
  return [
    {
      name: 'help',
      text: 'lists the commands, or the options of one',
      choices,
      takesPaths: false,
      flags: [],
    },
    { name: 'version', text: 'says which version this is', choices: [], takesPaths: false, flags: [] },
  ];
}

function flagOf({ flag, short, text, value, many }: Option<unknown>): Flag {
  const takes = value === undefined ? 'nothing' : PATH.test(value) ? 'path' : 'value';
  return { long: `--${flag}`, short: short && `-${short}`, text, takes, value: value ?? '', many };
}

/** As one word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
