import assert from 'node:assert/strict';
import { type Host, run } from '@callsign/cli';

export interface Ran {
  readonly code: number;
  readonly printed: string;
  readonly logged: string;
}

/** Runs a command in this process, with a host that only this test knows. It is asked to end once it serves. */
export async function ran(
  argv: readonly string[],
  files: Readonly<Record<string, string>> = {},
  process: Partial<Pick<Host, 'reader' | 'columns' | 'env' | 'pid' | 'stop' | 'print'>> = {},
): Promise<Ran> {
  const printed: string[] = [];
  const logged: string[] = [];
  const stop = new AbortController();
  const host: Host = {
    argv,
    env: {},
    pid: 1,
    hostname: 'node1',
    stateFile: () => assert.fail('no test may write where real data is'),
    readFile: (path) => files[path] ?? assert.fail(`no file ${path}`),
    print: (line) => printed.push(line),
    logLine: (line) => {
      logged.push(line);
      if (line.includes('"serving"')) stop.abort();
    },
    terminal: false,
    reader: false,
    stop: stop.signal,
    ...process,
  };
  const code = await run(host);
  return { code, printed: printed.join('\n'), logged: logged.join('\n') };
}
