import { describe, EXIT_CONFIG, OptionsError } from '@callsign/daemon';
import { CertificateError } from '@callsign/dns';
import { ZoneFileError } from '@callsign/nameserver';
import { explain } from './explain.ts';
import { healthcheck } from './healthcheck.ts';
import type { Command, Host } from './host.ts';
import { nameserver } from './nameserver.ts';
import { plugin } from './plugin.ts';
import { registrar } from './registrar.ts';
import { up } from './up.ts';
import { VERSION } from './version.ts';

const COMMANDS: Readonly<Record<string, { readonly run: Command; readonly text: string }>> = {
  up: { run: up, text: 'registrar, nameserver and an embedded store in one process' },
  nameserver: { run: nameserver, text: 'follows the store and answers DNS' },
  registrar: { run: registrar, text: 'publishes the containers of a Docker Engine' },
  explain: { run: explain, text: 'says where the answer to a question comes from' },
  plugin: { run: plugin, text: 'shows what plugins would make of containers, and those that ship' },
  healthcheck: { run: healthcheck, text: 'asks a daemon whether it is ready' },
};

/** Runs the command that the first word names. @returns the exit code; nothing is thrown */
export async function run(host: Host): Promise<number> {
  const [word = 'help', ...argv] = host.argv;
  if (['help', '--help', '-h'].includes(word)) return help(host);
  if (['version', '--version'].includes(word)) return version(host);
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (command === undefined) {
    host.logLine(`callsign: "${word}" is no command; try "callsign help"`);
    return EXIT_CONFIG;
  }
  try {
    return await command.run({ ...host, argv });
  } catch (error) {
    return failed(host, word, error);
  }
}

function failed(host: Host, word: string, error: unknown): number {
  const listed = error instanceof OptionsError || error instanceof ZoneFileError;
  for (const problem of listed ? error.problems : [describe(error)])
    host.logLine(`callsign ${word}: ${problem}`);
  if (error instanceof OptionsError) host.logLine(`See "callsign ${word} --help"`);
  return listed || error instanceof CertificateError ? EXIT_CONFIG : 1;
}

function version(host: Host): number {
  host.print(`callsign ${VERSION}`);
  return 0;
}

function help(host: Host): number {
  host.print('callsign: gives every container a name that any program can call over plain DNS\n');
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  for (const [name, { text }] of Object.entries(COMMANDS))
    host.print(`  callsign ${name.padEnd(width)}  ${text}`);
  host.print(
    '\n"callsign COMMAND --help" shows its options; each has an environment variable CALLSIGN_OPTION.',
  );
  return 0;
}
