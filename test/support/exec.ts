import { type ExecFileOptions, execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ENOUGH = 64 << 20;

/** Runs a program to its end and gives back what it printed; its error carries what it said on stderr. */
export async function exec(
  file: string,
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<string> {
  const { stdout } = await execute(file, [...args], { maxBuffer: ENOUGH, ...options, encoding: 'utf8' });
  return stdout;
}
