import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ran } from './ran.ts';

const DAEMON = 'etc/docker/daemon.json';
const RESOLVED = 'etc/systemd/resolved.conf.d/callsign.conf';
const SETTINGS = 'etc/callsign/nameserver.env';

describe('callsign install', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'callsign-install-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  const install = (...words: readonly string[]) => ran(['install', '--root', root, ...words]);
  const read = (path: string) => readFile(join(root, path), 'utf8');

  async function given(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  it('shows what it would write, and writes nothing', async () => {
    const { code, printed } = await install();
    assert.equal(code, 0);
    assert.match(printed, /^\/etc\/docker\/daemon\.json: new\n {4}\{\n {6}"dns": \[\n {8}"172\.17\.0\.1"/m);
    assert.match(printed, /systemctl restart docker {3}# its containers stop/);
    assert.equal(existsSync(join(root, 'etc')), false);
  });

  it('writes it with --apply, and finds nothing to do the next time', async () => {
    await given('etc/systemd/resolved.conf', '[Resolve]\n');
    const { code } = await install('--apply', '--domain', 'docker', '--domain', 'lab.example');
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(await read(DAEMON)), { dns: ['172.17.0.1'] });
    assert.equal(await read(RESOLVED), '[Resolve]\nDNS=172.17.0.1\nDomains=~docker ~lab.example\n');
    assert.match(
      await read(SETTINGS),
      /^CALLSIGN_DNS=172\.17\.0\.1:53\n[\s\S]*^CALLSIGN_DOMAIN=docker,lab\.example$/m,
    );
    assert.match(await read('etc/systemd/system/callsign-nameserver.service'), /^ExecStart=.*nameserver$/m);
    assert.match(await read('etc/systemd/system/callsign-registrar.service'), /^ExecStart=.*registrar$/m);
    const again = await install('--apply', '--domain', 'docker', '--domain', 'lab.example');
    assert.doesNotMatch(again.printed, /new|changed/);
    assert.equal(again.printed.match(/as it should be/g)?.length, 6);
  });

  it('keeps what else is in daemon.json, what it was, and whom the containers asked', async () => {
    const before = '{"log-driver":"journald","dns":["9.9.9.9","10.0.0.53"]}';
    await given(DAEMON, before);
    await install('--apply', '--address', '10.1.0.1');
    await install('--apply', '--address', '10.2.0.1');
    assert.deepEqual(JSON.parse(await read(DAEMON)), { 'log-driver': 'journald', dns: ['10.2.0.1'] });
    assert.equal(await read(`${DAEMON}.before-callsign`), before);
    assert.match(await read(SETTINGS), /^CALLSIGN_NAMESERVER=9\.9\.9\.9,10\.0\.0\.53$/m);
  });

  it('lets nobody read what only its owner could, and leaves a link where it led to', async () => {
    await given('etc/elsewhere.json', '{}');
    await chmod(join(root, 'etc/elsewhere.json'), 0o600);
    await mkdir(join(root, 'etc/docker'));
    await symlink('../elsewhere.json', join(root, DAEMON));
    await install('--apply');
    const { mode } = await stat(join(root, DAEMON));
    assert.equal(mode & 0o777, 0o600);
    assert.equal((await stat(join(root, `${DAEMON}.before-callsign`))).mode & 0o777, 0o600);
    assert.deepEqual(JSON.parse(await read('etc/elsewhere.json')), { dns: ['172.17.0.1'] });
  });

  it('leaves daemon.json as it is written where it says so already', async () => {
    const text = '{ "dns": ["172.17.0.1"] }';
    await given(DAEMON, text);
    await install('--apply');
    assert.equal(await read(DAEMON), text);
    assert.equal(existsSync(join(root, `${DAEMON}.before-callsign`)), false);
  });

  it("leaves settings that are somebody's own", async () => {
    await given(SETTINGS, 'CALLSIGN_DNS=:53\n');
    await install('--apply');
    assert.equal(await read(SETTINGS), 'CALLSIGN_DNS=:53\n');
  });

  it('knows nothing of systemd-resolved where there is none', async () => {
    const { printed } = await install('--apply');
    assert.doesNotMatch(printed, /resolved/);
    assert.equal(existsSync(join(root, RESOLVED)), false);
  });

  for (const text of ['{"dns":', '[]', '"dns"', 'null']) {
    it(`writes nothing at all beside a daemon.json that is ${text}`, async () => {
      await given(DAEMON, text);
      const { code, logged } = await install('--apply');
      assert.equal(code, 1);
      assert.match(logged, /daemon\.json is not a JSON object\. Correct it first/);
      assert.deepEqual([await read(DAEMON), existsSync(join(root, SETTINGS))], [text, false]);
    });
  }

  it('says which file cannot be written', async () => {
    await given('etc/callsign', 'a file where a folder has to be');
    const { code, logged } = await install('--apply');
    assert.equal(code, 1);
    assert.match(logged, /etc\/callsign\/nameserver\.env cannot be written: .*\. Run it as root$/);
  });

  it('refuses what is no address', async () => {
    const { code, logged } = await install('--address', 'docker0');
    assert.equal(code, 78);
    assert.match(logged, /--address: "docker0" is no IP address/);
  });
});
