import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec } from '../support/exec.ts';
import { Namespace } from '../support/namespace.ts';
import { ETCDCTL, KDIG, OPENSSL, pathOf, requireParts } from '../support/parts.ts';
import { eventually } from '../support/wait.ts';
import { COMPOSE_PARTS, ComposeHost } from './support/compose-host.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/three-hosts', import.meta.url));
const HOSTS = ['node1', 'node2', 'node3'] as const;
type Host = (typeof HOSTS)[number];
const NAME = 'one.whoami.dev.docker';
const SETTLES_MS = 120_000;

/**
 *     node1  10.98.1.2 ──┐
 *     node2  10.98.2.2 ──┼── a router          each an Engine of its own, and Compose
 *     node3  10.98.3.2 ──┘
 */
describe('e2e: the three hosts of deploy/three-hosts, as docs/three-hosts.md sets them up', function () {
  this.timeout(600_000);
  let folder: string;
  let router: Namespace;
  const hosts = new Map<Host, ComposeHost>();

  before(async function () {
    requireParts(this, ...COMPOSE_PARTS, KDIG, OPENSSL);
    folder = await mkdtemp(join(tmpdir(), 'callsign-three-'));
    router = await Namespace.make('router');
    await router.run('/bin/sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    await certificates();
    for (const host of HOSTS) await settings(host);
    for (const host of HOSTS)
      hosts.set(host, await ComposeHost.start(await connected(host), join(folder, host)));
    await Promise.all([...hosts.values()].map((host) => host.compose('up', '--detach')));
  });

  after(async () => {
    await Promise.all([...hosts.values()].map((host) => host.stop()));
    await router?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    for (const host of hosts.values()) process.stderr.write(await host.compose('logs', '--tail', '10'));
  });

  it('a container of one host is known on all, over TLS all the way', async () => {
    await on('node3').engine.run('one', 'whoami', '--publish', '80');
    for (const host of HOSTS) await answers(host, addressOf('node3'));
  });

  it('a host that has no container of its own is asked by another one', async () => {
    assert.equal(await ask('node1', { from: 'node2' }), addressOf('node3'));
  });

  it('a member that is lost is not missed', async () => {
    await on('node2').compose('kill', 'etcd');
    await on('node3').engine.docker('rm', '--force', 'one');
    for (const host of HOSTS) await answers(host, '');
  });

  it('etcd lets nobody in who has no certificate of ours', async () => {
    const at = ['--endpoints', `https://${addressOf('node1')}:2379`, '--command-timeout=2s'];
    const words = [...at, '--cacert', file('node1', 'ca.pem'), 'get', '/'];
    const [program, args] = on('node1').network.command(pathOf(ETCDCTL), words);
    const env = { PATH: process.env.PATH, ETCDCTL_API: '3' };
    await assert.rejects(exec(program, args, { env }), /deadline|certificate/);
  });

  it('certificates that are there are kept, and a host can come later', async () => {
    const before = await readFile(file('node1', 'etcd.pem'), 'utf8');
    await certificates('node4=10.98.4.2');
    assert.equal(await readFile(file('node1', 'etcd.pem'), 'utf8'), before);
    await exec(pathOf(OPENSSL), ['verify', '-CAfile', file('node1', 'ca.pem'), file('node4', 'etcd.pem')]);
  });

  it('a host without an address is refused before anything is made', async () => {
    await assert.rejects(certificates('node5'), /node5 is not HOST=ADDRESS/);
  });

  function addressOf(host: Host): string {
    return `10.98.${HOSTS.indexOf(host) + 1}.2`;
  }

  async function connected(host: Host): Promise<Namespace> {
    const network = await Namespace.make(host);
    await network.connect(router, `${addressOf(host)}/24`, `${addressOf(host).replace(/2$/, '1')}/24`);
    return network;
  }

  function on(host: Host): ComposeHost {
    return hosts.get(host) ?? assert.fail(host);
  }

  function file(host: string, name: string): string {
    return join(folder, 'tls', host, name);
  }

  async function certificates(...more: readonly string[]): Promise<void> {
    const all = HOSTS.map((host) => `${host}=${addressOf(host)}`);
    await exec(join(DEPLOY, 'certificates.sh'), [...all, ...more], { cwd: folder });
  }

  /** What goes to a host: the compose file, its certificates, and the example of a `.env` with what is true here. */
  async function settings(host: Host): Promise<void> {
    await mkdir(join(folder, host, 'tls'), { recursive: true });
    await exec('cp', ['--archive', join(folder, 'tls', host), join(folder, host, 'tls')]);
    await copyFile(join(DEPLOY, 'docker-compose.yml'), join(folder, host, 'docker-compose.yml'));
    const example = await readFile(join(DEPLOY, 'node1.env'), 'utf8');
    const own = example
      .replace('HOST=node1', `HOST=${host}`)
      .replace(/^ADDRESS=.*$/m, `ADDRESS=${addressOf(host)}`);
    await writeFile(join(folder, host, '.env'), own.replaceAll(/192\.0\.2\.1(\d)/g, '10.98.$1.2'));
  }

  async function answers(host: Host, expected: string): Promise<void> {
    await eventually(async () => assert.equal(await ask(host), expected), SETTLES_MS, 100);
  }

  /** The address that a host's nameserver has for the container, over DNS over TLS. */
  async function ask(host: Host, { from = host } = {}): Promise<string> {
    const trust = ['+tls', `+tls-ca=${file(host, 'ca.pem')}`, `+tls-hostname=${host}`];
    const words = [`@${addressOf(host)}`, ...trust, '+short', NAME, 'A'];
    return (await on(from).network.run(pathOf(KDIG), ...words)).trim();
  }
});
