import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { exec } from './support/exec.ts';
import { pathOf, requireParts, SYSTEMD_ANALYZE } from './support/parts.ts';

const TOP = new URL('../', import.meta.url).pathname;
const UNITS = globSync('deploy/systemd/*', { cwd: TOP });
const SERVICES = UNITS.filter((unit) => unit.endsWith('.service'));
/** Of 10.0, times ten: what systemd itself calls OK. */
const EXPOSURE = 25;

describe("the host's units", () => {
  let folder: string;

  before(async function () {
    requireParts(this, SYSTEMD_ANALYZE);
    folder = await mkdtemp(join(tmpdir(), 'callsign-units-'));
    for (const unit of UNITS) await writeFile(join(folder, basename(unit)), ours(unit));
  });

  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  it('are a service for each daemon, and a socket', () => {
    assert.deepEqual(UNITS.map((unit) => basename(unit)).toSorted(), [
      'callsign-nameserver.service',
      'callsign-nameserver.socket',
      'callsign-registrar.service',
    ]);
  });

  for (const unit of UNITS) {
    it(`systemd takes ${basename(unit)} as it is`, async () => {
      assert.equal(await analyze('verify --man=no --recursive-errors=no', unit), '');
    });
  }

  for (const unit of SERVICES) {
    it(`and finds little in ${basename(unit)} that could be abused`, async () => {
      const said = await analyze(`security --offline=true --threshold=${EXPOSURE}`, unit);
      assert.match(said, /Overall exposure level/);
    });
  }

  /** systemd wants the program to be there: this machine's Node may be elsewhere. */
  function ours(unit: string): string {
    return readFileSync(join(TOP, unit), 'utf8').replace('/usr/bin/node', process.execPath);
  }

  /** @returns all that it says: what it does not know it only warns of */
  async function analyze(how: string, unit: string): Promise<string> {
    const command = `${pathOf(SYSTEMD_ANALYZE)} ${how} --no-pager "$0" 2>&1`;
    return await exec('/bin/sh', ['-c', command, join(folder, basename(unit))]);
  }
});
