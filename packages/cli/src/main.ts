import { mkdirSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { CallsignError } from '@callsign/daemon';
import { run } from './run.ts';

/**
 * The only place that reads the process: its arguments, its environment, its signals. The first signal asks the
 * command to end; a second one does not wait for it.
 */
const stop = new AbortController();

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  });
}

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // Who reads our output may go away (`callsign … | head`): that is no fault of ours.
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`callsign: the output cannot be written: ${message}\n`);
  process.exit(1);
});

// Who reads our log may go away, too (a journal that starts over): nobody is left to be told, and DNS goes on.
process.stderr.on('error', () => undefined);

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  pid: process.pid,
  hostname: hostname(),
  stateFile: () => stateFile(process.env),
  readFile: (path) => readFileSync(path, 'utf8'),
  print: (line) => void process.stdout.write(`${line}\n`),
  logLine: (line) => void process.stderr.write(`${line}\n`),
  terminal: process.stderr.isTTY === true,
  reader: process.stdout.isTTY === true,
  columns: process.stdout.columns,
  stop: stop.signal,
});

/** systemd's StateDirectory, the system's place for a root process, or the user's own (XDG base directories). */
function stateFile(env: NodeJS.ProcessEnv): string {
  const own = join(env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), 'callsign');
  const root = process.getuid?.() === 0;
  const folder = env.STATE_DIRECTORY ?? (root ? '/var/lib/callsign' : own);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const cure = 'Name another place for it by --store embedded:FILE';
    throw new CallsignError('STORE_FILE', `cannot make the folder ${folder} for the store`, { cause, cure });
  }
  return join(folder, 'store.journal');
}
