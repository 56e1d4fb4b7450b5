import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT_CONFIG } from '@callsign/daemon';
import { scratchFolder } from '../../../test/support/scratch.ts';

const BIN = fileURLToPath(new URL('../bin/', import.meta.url));

describe('the program in node_modules/.bin', () => {
  it('says how it is built in a clone in which it is not', () => {
    const { status, stderr } = runIn(clone());
    assert.equal(status, EXIT_CONFIG);
    assert.match(stderr, /^callsign has not been built: run "npm run build" in \S+\n$/);
  });

  it('runs what was built', () => {
    const folder = clone();
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/main.js'), 'process.exitCode = 7;');
    assert.deepEqual(runIn(folder), { status: 7, stderr: '' });
  });
});

/** A package of which nothing has been compiled. */
function clone(): string {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  cpSync(BIN, join(folder, 'bin'), { recursive: true });
  return folder;
}

function runIn(folder: string) {
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin/callsign.js')], {
    encoding: 'utf8',
  });
  return { status, stderr };
}
