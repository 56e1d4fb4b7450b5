import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@callsign/daemon';
import { ManualClock } from '../../../../test/support/clock.ts';
import { eventually } from '../../../../test/support/wait.ts';
import { pluginSubject } from '../../src/plugins/container.ts';
import { PluginSet } from '../../src/plugins/plugin-set.ts';
import { CONTAINER } from '../containers.ts';

const DEFAULTS = { ttl: 30, environment: 'dev', region: 'default', domain: 'docker' };

function naming(service: string): string {
  return `function createService() { return { Service: '${service}', Instance: 'i', Host: '10.0.0.1' }; }`;
}

describe('plugin set', () => {
  let folder: string;
  let set: PluginSet | undefined;
  let outcomes: string[];
  let lines: Readonly<Record<string, unknown>>[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callsign-plugins-'));
    outcomes = [];
    lines = [];
  });
  afterEach(async () => {
    await set?.close();
    await rm(folder, { recursive: true });
  });

  function write(name: string, code: string): string {
    const path = join(folder, name);
    writeFileSync(path, code);
    return path;
  }

  function create(...references: readonly string[]): PluginSet {
    const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(JSON.parse(line)) });
    const onReload = (outcome: string) => void outcomes.push(outcome);
    set = new PluginSet({ references, defaults: DEFAULTS, log, clock: new ManualClock(), onReload });
    return set;
  }

  /** A change is taken when it is read for the second time. */
  async function look(): Promise<void> {
    await set?.look();
    await set?.look();
  }

  async function decided(): Promise<string | undefined> {
    const result = await set?.run(pluginSubject(CONTAINER));
    return result && `${result.plugin} ${result.drafts[0]?.service}`;
  }

  it('takes a file that is written anew, and tells so', async () => {
    const path = write('a.js', naming('old'));
    await create(path).start();
    assert.equal(await decided(), 'a.js old');
    writeFileSync(path, naming('new'));
    await look();
    assert.equal(await decided(), 'a.js new');
    assert.deepEqual(outcomes, ['loaded']);
    assert.match(String(lines[0]?.message), /all containers are planned again/);
  });

  it('takes a file that another is renamed over, and a link that is set anew', async () => {
    write('one.js', naming('one'));
    write('two.js', naming('two'));
    const link = join(folder, 'link.js');
    symlinkSync(join(folder, 'one.js'), link);
    await create(link).start();
    rmSync(link);
    symlinkSync(join(folder, 'two.js'), link);
    await look();
    assert.equal(await decided(), 'link.js two');
    renameSync(write('three.js', naming('three')), link);
    await look();
    assert.equal(await decided(), 'link.js three');
  });

  it('takes a file that is put into or out of its folder', async () => {
    mkdirSync(join(folder, 'all'));
    write('all/5.js', naming('five'));
    await create(join(folder, 'all')).start();
    const before = write('all/1.js', naming('one'));
    await look();
    assert.equal(await decided(), '1.js one');
    rmSync(before);
    await look();
    assert.equal(await decided(), '5.js five');
  });

  it('answers whoever asks before the plugins are loaded, once they are', async () => {
    const starting = create(write('a.js', naming('a'))).start();
    assert.equal(await decided(), 'a.js a');
    await starting;
  });

  it('leaves no process behind when it is closed before the plugins are loaded', async () => {
    const starting = create(write('a.js', naming('a'))).start();
    const asked = assert.rejects(decided(), /the plugins are closed/);
    await set?.close();
    await Promise.all([starting, asked]);
    await eventually(() => assert.ok(!process.getActiveResourcesInfo().includes('ProcessWrap')));
  });

  it('waits until a file stands still', async () => {
    const path = write('a.js', naming('old'));
    await create(path).start();
    for (const half of [
      'function createService() { return',
      'function createService() { return { Service:',
    ]) {
      writeFileSync(path, half);
      await set?.look();
    }
    writeFileSync(path, naming('new'));
    await look();
    assert.equal(await decided(), 'a.js new');
    assert.deepEqual(outcomes, ['loaded']);
  });

  for (const [what, code, reason] of [
    [
      'does not parse',
      'function createService() {\n  return }}',
      /a\.js cannot be loaded: .*\[a\.js:2:\d+\]/,
    ],
    ['throws at its top level', '\nnull.x', /a\.js cannot be loaded: .*\[a\.js:2:\d+\]/],
    ['has no createService', 'var x', /it has no function createService/],
  ] as const) {
    it(`keeps what it has when a file ${what}, says where, and says it once`, async () => {
      const path = write('a.js', naming('old'));
      await create(path).start();
      writeFileSync(path, code);
      await look();
      await look();
      assert.equal(await decided(), 'a.js old');
      assert.deepEqual(outcomes, ['failed']);
      assert.equal(lines.length, 1);
      assert.match(String(lines[0]?.reason), reason);
      writeFileSync(path, naming('mended'));
      await look();
      assert.equal(await decided(), 'a.js mended');
    });
  }

  it('keeps what it has when the file is gone, and takes it when it is back', async () => {
    const path = write('a.js', naming('old'));
    await create(path).start();
    rmSync(path);
    await look();
    await look();
    assert.equal(await decided(), 'a.js old');
    assert.match(String(lines[0]?.reason), /cannot read the plugin .*a\.js: ENOENT/);
    assert.equal(lines.length, 1);
    write('a.js', naming('new'));
    await look();
    assert.equal(await decided(), 'a.js new');
  });

  it('lets calls under way end with the plugins that they began with', async () => {
    const slow = 'var end = Date.now() + 300; while (Date.now() < end);';
    const path = write('a.js', naming('old').replace('{ return', `{ ${slow} return`));
    await create(path).start();
    const calls = [decided(), decided()];
    writeFileSync(path, naming('new'));
    await look();
    assert.deepEqual(await Promise.all(calls), ['a.js old', 'a.js old']);
    await eventually(async () => assert.equal(await decided(), 'a.js new'));
  });

  it('takes the next change, and closes, while plugins that hang are still asked by whoever began with them', async () => {
    const path = write('a.js', 'function createService() { for (;;); }');
    await create(path).start();
    const calls = Array.from({ length: 200 }, decided);
    for (const service of ['new', 'newer']) {
      writeFileSync(path, naming(service));
      await look();
      assert.equal(await decided(), `a.js ${service}`);
    }
    await set?.close();
    const outcomes = await Promise.allSettled(calls);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  });

  it('knows the shipped ones by name, in comma lists too, beside files and folders', async () => {
    await create(write('none.js', 'function createService() { return null; }'), 'compose, default').start();
    assert.equal(await decided(), 'default.js redis');
  });

  for (const [reference, message] of [
    ['defualt', /there is no shipped plugin "defualt"\. Choose from compose, .*or write .*\.\/defualt/],
    ['./nowhere.js', /cannot read the plugin \.\/nowhere\.js/],
  ] as const) {
    it(`refuses to start with ${reference}`, async () => {
      await assert.rejects(create(reference).start(), (error) =>
        message.test(`${(error as Error).message}. ${(error as { cure?: string }).cure}`),
      );
    });
  }
});
