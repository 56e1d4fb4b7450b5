import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { exec } from './support/exec.ts';
import { blocksOf } from './support/manual.ts';
import { pathOf, requireParts, SYSTEMD_ANALYZE } from './support/parts.ts';

const TOP = new URL('../', import.meta.url).pathname;
const UNITS = globSync('deploy/systemd/*', { cwd: TOP });
const SERVICES = UNITS.filter((unit) => unit.endsWith('.service'));
/** What is to be put beside a unit. */
const EDITED = blocksOf('docs/systemd.md').filter(({ lines: [first = ''] }) =>
  first.startsWith('# systemctl edit'),
);
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

  for (const { line, lines } of EDITED) {
    it(`systemd takes what docs/systemd.md edits, line ${line}`, async () => {
      const [, name = ''] = /^# systemctl edit (\S+)$/.exec(lines[0] ?? '') ?? [];
      const unit = UNITS.find((each) => [name, `${name}.service`].includes(basename(each)));
      assert.ok(unit, `there is no unit ${name}`);
      const edited = join(folder, `${basename(unit)}.d`);
      await mkdir(edited);
      await writeFile(join(edited, 'override.conf'), here(lines.join('\n')));
      assert.equal(await analyze('verify --man=no --recursive-errors=no', unit), '');
      await rm(edited, { recursive: true });
    });
  }

  /** systemd wants the program to be there: this machine's Node may be elsewhere. */
  function ours(unit: string): string {
    return here(readFileSync(join(TOP, unit), 'utf8'));
  }

  function here(text: string): string {
    return text.replaceAll(/(?<==)\/\S+\/node\b(?= )/g, process.execPath);
  }

  /** @returns all that it says: what it does not know it only warns of */
  async function analyze(how: string, unit: string): Promise<string> {
    const command = `${pathOf(SYSTEMD_ANALYZE)} ${how} --no-pager "$0" 2>&1`;
    return await exec('/bin/sh', ['-c', command, join(folder, basename(unit))]);
  }
});
