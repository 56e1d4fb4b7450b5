import { describe, EXIT_CONFIG, OptionsError } from '@callsign/daemon';
import { exitOf, problemsOf } from './command/exit.ts';
import type { Host } from './command/host.ts';
import { commandNamed, everyCommand } from './commands.ts';
import { VERSION } from './version.ts';

/** Runs the command that the first word names. @returns the exit code; nothing is thrown */
export async function run(host: Host): Promise<number> {
  const [word = 'help', ...argv] = host.argv;
  if (['help', '--help', '-h'].includes(word)) return await help(host);
  if (['version', '--version'].includes(word)) return version(host);
  const command = await commandNamed(word);
  if (command === undefined) {
    host.logLine(`callsign: "${word}" is no command; try "callsign help"`);
    return EXIT_CONFIG;
  }
  try {
    return await command.run({ ...host, argv });
  } catch (error) {
    sayWhy(host, word, error);
    return exitOf(error);
  }
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
