import type { Option } from '@callsign/daemon';
import type { Command } from '../command/command.ts';

/** What can be typed behind a command's name. */
export interface CommandWords {
  readonly name: string;
  readonly text: string;
  readonly choices: readonly string[];
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

export function wordsOf({ name, text, choices = [], options }: Command, hostname: string): CommandWords {
  return { name, text, choices, flags: Object.values(options(hostname)).map(flagOf) };
}

function flagOf({ flag, short, text, value, many }: Option<unknown>): Flag {
  const takes = value === undefined ? 'nothing' : /FILE|DIR|PLUGIN/.test(value) ? 'path' : 'value';
  return { long: `--${flag}`, short: short && `-${short}`, text, takes, value: value ?? '', many };
}

/** As one word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
