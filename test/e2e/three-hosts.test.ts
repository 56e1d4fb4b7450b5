import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../support/child.ts';
import { Engine } from '../support/engine.ts';
import { exec } from '../support/exec.ts';
import { Namespace } from '../support/namespace.ts';
import {
  COMPOSE,
  DOCKERD,
  ETCD,
  ETCDCTL,
  IP,
  KDIG,
  OPENSSL,
  pathOf,
  requireParts,
} from '../support/parts.ts';
import { Callsign } from '../support/process.ts';
import { eventually } from '../support/wait.ts';

const FOLDER = fileURLToPath(new URL('../../deploy/three-hosts', import.meta.url));
const IN_CONTAINERS = '/etc/callsign/tls';
const HOSTS = ['node1', 'node2', 'node3'] as const;
type Host = (typeof HOSTS)[number];
const NAME = 'one.web.dev.docker';

/**
 *     node1  10.98.1.2 ──┐
 *     node2  10.98.2.2 ──┼── a router          each runs what the files say
 *     node3  10.98.3.2 ──┘
 */
describe('e2e: the three hosts of deploy/three-hosts', function () {
  this.timeout(90_000);
  let folder: string;
  let router: Namespace;
  let engine: Engine;
  const networks = new Map<Host, Namespace>();
  const etcds = new Map<Host, Child>();
  const daemons: Callsign[] = [];

  before(async function () {
    requireParts(this, COMPOSE, DOCKERD, ETCD, ETCDCTL, IP, KDIG, OPENSSL);
    folder = await mkdtemp(join(tmpdir(), 'callsign-three-'));
    router = await Namespace.make('router');
    await router.run('/bin/sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    for (const host of HOSTS) networks.set(host, await connected(host));
    engine = await Engine.start();
    await engine.importImage('web', 'EXPOSE 80');
    await certificates();
    for (const host of HOSTS) etcds.set(host, await member(host));
    await eventually(() => etcdctl('node1', 'endpoint', 'health'), 30_000, 200);
    daemons.push(await nameserver('node1'), await nameserver('node2'), await registrar('node3'));
  });

  after(async () => {
    for (const daemon of daemons.toReversed()) await daemon.end('SIGTERM');
    for (const etcd of etcds.values()) await etcd.end('SIGKILL');
    await engine?.stop();
    for (const network of networks.values()) await network.close();
    await router?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  afterEach(function () {
    if (this.currentTest?.state !== 'failed') return;
    for (const said of [
      ...daemons.map((each) => each.said),
      ...[...etcds.values()].map(({ lines }) => lines.slice(-5).join('\n')),
    ])
      process.stderr.write(`\n${said}\n`);
  });

  it('a container of one host is known on the others, over TLS all the way', async () => {
    await engine.run('one', 'web', '--publish', '80');
    for (const host of ['node1', 'node2'] as const)
      await eventually(async () => assert.equal(await ask(host), addressOf('node3')));
  });

  it('a member that is lost is not missed', async () => {
    await etcds.get('node2')?.end('SIGKILL');
    await engine.docker('rm', '--force', 'one');
    for (const host of ['node1', 'node2'] as const)
      await eventually(async () => assert.equal(await ask(host), ''), 20_000);
  });

  it('etcd lets nobody in who has no certificate of ours', async () => {
    const ca = ['--cacert', file('node1', 'ca.pem')];
    await assert.rejects(etcdctlWith('node1', ca, 'get', '/'), /deadline|certificate/);
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

  function networkOf(host: Host): Namespace {
    return networks.get(host) ?? assert.fail(host);
  }

  function file(host: string, name: string): string {
    return join(folder, 'tls', host, name);
  }

  async function certificates(...more: readonly string[]): Promise<void> {
    const hosts = HOSTS.map((host) => `${host}=${addressOf(host)}`);
    await exec(join(FOLDER, 'certificates.sh'), [...hosts, ...more], { cwd: folder });
  }

  /** The compose file as Compose reads it on a host, with that host's part of it. */
  async function composed(host: Host, service: string): Promise<string> {
    const urls = (port: number) => HOSTS.map((each) => `https://${addressOf(each)}:${port}`);
    const env = {
      PATH: process.env.PATH,
      HOST: host,
      ADDRESS: addressOf(host),
      MEMBERS: urls(2380)
        .map((url, at) => `${HOSTS[at]}=${url}`)
        .join(),
      STORE: `etcds://${HOSTS.map((each) => `${addressOf(each)}:2379`).join()}/skydns`,
      DOCKER_GROUP: '0',
    };
    const text = await exec(pathOf(COMPOSE), ['--file', join(FOLDER, 'docker-compose.yml'), 'config'], {
      env,
    });
    const part = text.split(`\n  ${service}:\n`)[1]?.split(/\n {0,2}\w/)[0] ?? assert.fail(text);
    return part.replaceAll(IN_CONTAINERS, join(folder, 'tls', host));
  }

  async function member(host: Host): Promise<Child> {
    const command = (await composed(host, 'etcd')).split('command:\n')[1] ?? '';
    const words = [...command.matchAll(/^ {4}- (--\S+)$/gm)].map(([, word = '']) => word);
    const data = join(folder, host);
    await mkdir(data, { mode: 0o700 });
    const own = words.map((word) => word.replace('/var/lib/etcd', data));
    return new Child(...networkOf(host).command(pathOf(ETCD), own));
  }

  async function environmentOf(host: Host, service: string): Promise<Record<string, string>> {
    const found = (await composed(host, service)).matchAll(/^ {6}(CALLSIGN_\w+): '?([^'\n]*)'?$/gm);
    return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
  }

  async function nameserver(host: Host): Promise<Callsign> {
    return await serving(host, 'nameserver', '--nameserver', 'none');
  }

  async function registrar(host: Host): Promise<Callsign> {
    return await serving(host, 'registrar', '--docker', `unix://${engine.socket}`);
  }

  async function serving(host: Host, daemon: string, ...more: readonly string[]): Promise<Callsign> {
    const env = await environmentOf(host, daemon);
    const callsign = new Callsign([daemon, ...more], env, networkOf(host));
    await callsign.logged('serving', 20_000);
    return callsign;
  }

  /** The address that a host's nameserver has for the container, over DNS over TLS. */
  async function ask(host: Host): Promise<string> {
    const trust = ['+tls', `+tls-ca=${file(host, 'ca.pem')}`, `+tls-hostname=${host}`];
    const said = await networkOf(host).run(
      pathOf(KDIG),
      `@${addressOf(host)}`,
      ...trust,
      '+short',
      NAME,
      'A',
    );
    return said.trim();
  }

  async function etcdctl(host: Host, ...words: readonly string[]): Promise<string> {
    const own = ['--cacert', file(host, 'ca.pem'), '--cert', file(host, 'callsign.pem')];
    return await etcdctlWith(host, [...own, '--key', file(host, 'callsign.key')], ...words);
  }

  async function etcdctlWith(
    host: Host,
    tls: readonly string[],
    ...words: readonly string[]
  ): Promise<string> {
    const at = ['--endpoints', `https://${addressOf(host)}:2379`, '--command-timeout=2s', ...tls];
    const [program, args] = networkOf(host).command(pathOf(ETCDCTL), [...at, ...words]);
    return await exec(program, args, { env: { PATH: process.env.PATH, ETCDCTL_API: '3' } });
  }
});
