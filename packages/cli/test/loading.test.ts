import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const LOADED = new URL('./loaded.ts', import.meta.url).href;
const FLAGS = ['--conditions=callsign-source', '--import', LOADED];
/** What daemons need, and takes long to load. */
const HEAVY = new Set(['@grpc/grpc-js', 'dockerode', 'etcd3', 'express', 'koffi', 'prom-client', 'ssh2']);

/** Commands that start no daemon are run often, and have to start fast. */
describe('callsign', () => {
  for (const [line, heavy] of [
    ['--version', []],
    ['help', []],
    ['completion bash', []],
    ['doctor --help', []],
    ['healthcheck --http 127.0.0.1:1', []],
    ['nodes --http 127.0.0.1:1', []],
    ['resolve --help', []],
    ['plugin list', ['@grpc/grpc-js', 'dockerode', 'ssh2']],
  ] as const) {
    it(`${line} loads ${heavy.join(', ') || 'nothing heavy'}`, () => {
      const words = [...FLAGS, MAIN, ...line.split(' ')];
      const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
      const [, loaded = ''] = /^loaded: (.*)$/m.exec(stderr) ?? assert.fail(stderr);
      assert.deepEqual(
        loaded.split(' ').filter((name) => HEAVY.has(name)),
        heavy,
      );
    });
  }
});
