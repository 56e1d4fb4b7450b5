import {
  helpLines,
  OptionsError,
  type OptionTable,
  parseOptions,
  toggle,
  type ValuesOf,
} from '@callsign/daemon';
import type { Host } from './host.ts';
import { modernised } from './old-spellings.ts';

/** One command: what it does, and what the help, the manual and a shell's completion say of it. */
export interface Command {
  readonly name: string;
  /** What it does, in half a sentence. */
  readonly text: string;
  /** The words behind its name, as the help shows them; absent: it takes none. */
  readonly words?: string;
  /** The first of those words, where only these are understood. */
  readonly choices?: readonly string[];
  /** What people type behind `callsign`, and what for. */
  readonly examples: readonly Example[];
  readonly options: (hostname: string) => OptionTable;
  /** @returns the exit code, see docs/commands.md */
  readonly run: (host: Host) => Promise<number>;
}

type Example = readonly [line: string, purpose: string];

/** A command before the command line has been read. */
interface Definition<Table extends OptionTable> extends Omit<Command, 'options' | 'run'> {
  readonly options: (hostname: string) => Table;
  readonly run: (host: Host, values: ValuesOf<Table>, words: readonly string[]) => Promise<number>;
}

const HELP = toggle({ flag: 'help', short: 'h', text: 'show this help', once: true });

/** Gives a command what all have in common: `--help`, old spellings, and refusal of words that mean nothing. */
export function defineCommand<Table extends OptionTable>(definition: Definition<Table>): Command {
  const options = (hostname: string) => ({ ...definition.options(hostname), help: HELP });
  const command: Command = { ...definition, options, run };
  return command;

  async function run(host: Host): Promise<number> {
    const table = options(host.hostname);
    const { argv, old } = modernised(table, host.argv);
    if (old.size > 0) host.logLine(deprecation(command.name, old));
    const { values, positionals } = parseOptions<OptionTable>(table, { ...host, argv });
    if (values.help === true) return showHelp(host, command, table);
    if (command.words === undefined && positionals.length > 0)
      throw new OptionsError(positionals.map((word) => `${word}: not understood`));
    return definition.run(host, values as ValuesOf<Table>, positionals);
  }
}

function deprecation(command: string, old: ReadonlyMap<string, string>): string {
  return `callsign ${command}: deprecated: ${[...old.keys()].join(', ')}; write ${[...old.values()].join(', ')}`;
}

function showHelp(host: Host, { name, words, text, examples }: Command, table: OptionTable): number {
  const usage = [name, words].filter(Boolean).join(' ');
  host.print(`callsign ${usage}: ${text}\n`);
  for (const line of helpLines(table, host.columns)) host.print(line);
  host.print('\nExamples:');
  const width = Math.max(...examples.map(([line]) => line.length));
  for (const [line, purpose] of examples) host.print(`  callsign ${line.padEnd(width)}  # ${purpose}`);
  return 0;
}
