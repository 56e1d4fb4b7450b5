import { describe, isAbort, nearest, OptionsError } from '@callsign/daemon';
import { EXIT, exitOf, problemsOf } from './command/exit.ts';
import type { Host } from './command/host.ts';
import { COMMAND_NAMES, commandNamed, everyCommand } from './commands.ts';
import { VERSION } from './version.ts';

/** Runs the command that the first word names. @returns the exit code; nothing is thrown */
export async function run(host: Host): Promise<number> {
  const [word, ...argv] = modern(host.argv);
  if (word === 'help') return await help(host);
  if (word === 'version') return version(host);
  const command = await commandNamed(word);
  if (command === undefined) return unknown(host, word);
  try {
    return await command.run({ ...host, argv });
  } catch (error) {
    if (wasInterrupted(host, error)) return EXIT.interrupted;
    sayWhy(host, word, error);
    return exitOf(error);
  }
}

/** The one way to say what may be said in several. */
function modern([word = 'help', ...argv]: readonly string[]): readonly [word: string, ...argv: string[]] {
  const said = word.replace(/^-h$/, 'help').replace(/^--(help|version)$/, '$1');
  const [about] = argv;
  return said === 'help' && about !== undefined ? [about, '--help'] : [said, ...argv];
}

function unknown(host: Host, word: string): number {
  const near = nearest(word, COMMAND_NAMES);
  const meant = near === undefined ? '' : `; did you mean "callsign ${near}"?`;
  host.logLine(`callsign: "${word}" is no command${meant}`);
  host.logLine('See "callsign help"');
  return EXIT.wrong;
}

/** Whoever ends a command knows why nothing comes of it. */
function wasInterrupted({ stop }: Host, error: unknown): boolean {
  return stop.aborted && isAbort(error);
}

function sayWhy(host: Host, word: string, error: unknown): void {
  for (const problem of problemsOf(error) ?? [describe(error)]) host.logLine(`callsign ${word}: ${problem}`);
  if (error instanceof OptionsError) host.logLine(`See "callsign ${word} --help"`);
}

function version(host: Host): number {
  host.print(`callsign ${VERSION}`);
  return 0;
}

async function help(host: Host): Promise<number> {
  const commands = await everyCommand();
  host.print('callsign: gives every container a name that any program can call over plain DNS\n');
  const width = Math.max(...commands.map(({ name }) => name.length));
  for (const { name, text } of commands) host.print(`  callsign ${name.padEnd(width)}  ${text}`);
  host.print('\n"callsign COMMAND --help" shows its options, with examples.');
  return 0;
}
