import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../support/certificates.ts';
import { Child } from '../support/child.ts';
import { Namespace } from '../support/namespace.ts';
import { CURL, IP, OPENSSL, pathOf, requireParts } from '../support/parts.ts';
import { Callsign } from '../support/process.ts';
import { scratchStore } from '../support/scratch.ts';
import { eventually } from '../support/wait.ts';

const SERVICE = 'hello-abc123-ew.a.run.app';
const CUSTOM = 'api.corp.example';
const NAMESERVER = '10.99.0.53';

/** Where the services are, each behind an address of its own; the last two are load balancers. */
const ENDPOINTS = [
  { address: '10.99.0.5', name: SERVICE },
  { address: '10.99.0.6', name: SERVICE },
  { address: '10.99.0.7', name: CUSTOM },
  { address: '10.99.0.8', name: CUSTOM },
] as const;

/**
 *     red  10.20.0.2 ──┐
 *                      services: nameserver, TLS servers; no way out
 *     blue 10.30.0.2 ──┘
 */
describe('e2e: the private way to Cloud Run', function () {
  this.timeout(120_000);
  let folder: string;
  let authority: Authority;
  let services: Namespace;
  let clients: Readonly<Record<'red' | 'blue', Namespace>>;
  let nameserver: Callsign;
  const namespaces: Namespace[] = [];
  const servers: Child[] = [];

  before(async function () {
    requireParts(this, CURL, IP, OPENSSL);
    folder = await mkdtemp(join(tmpdir(), 'callsign-private-'));
    authority = await Authority.make();
    services = await namespace('services');
    clients = { red: await namespace('red'), blue: await namespace('blue') };
    await clients.red.connect(services, '10.20.0.2/24', '10.20.0.1/24');
    await clients.blue.connect(services, '10.30.0.2/24', '10.30.0.1/24');
    for (const address of [NAMESERVER, ...ENDPOINTS.map((endpoint) => endpoint.address)])
      await services.ip('address', 'add', `${address}/32`, 'dev', 'lo');
    await Promise.all([SERVICE, CUSTOM].map((name) => authority.issue(name)));
    for (const { address, name } of ENDPOINTS) await serve(address, name);
    await writeFile(join(folder, 'resolv.conf'), `nameserver ${NAMESERVER}\n`);
    await writeFile(join(folder, 'corp.zone'), 'api A 10.99.0.7\n');
    nameserver = new Callsign(nameserverArgs(), {}, services);
    await nameserver.logged('serving');
  });

  after(async () => {
    await nameserver?.end('SIGTERM');
    await Promise.all(servers.map((server) => server.end('SIGTERM')));
    await Promise.all(namespaces.map((each) => each.close()));
    await authority?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  async function namespace(label: string): Promise<Namespace> {
    const made = await Namespace.make(label);
    namespaces.push(made);
    return made;
  }

  /** A TLS server with one file in it, which has its address. */
  async function serve(address: string, name: string): Promise<void> {
    const cwd = join(folder, address);
    await mkdir(cwd);
    await writeFile(join(cwd, 'whoami'), address);
    const { cert, key } = authority.files(name);
    const how = ['-accept', `${address}:443`, '-cert', cert, '-key', key, '-WWW', '-quiet'];
    const [file, args] = services.command(pathOf(OPENSSL), ['s_server', ...how]);
    servers.push(new Child(file, args, { cwd }));
  }

  function nameserverArgs(): string[] {
    return [
      ...['nameserver', '--store', scratchStore(), '--nameserver', 'none'],
      ...['--dns', `${NAMESERVER}:53`, '--http', `${NAMESERVER}:8080`],
      ...['--view', 'red=10.20.0.0/24', '--view', 'blue=10.30.0.0/24'],
      ...['--google-apis', 'psc:10.99.0.5@red', '--google-apis', 'psc:10.99.0.6@blue'],
      ...['--zone-file', `corp.example=${join(folder, 'corp.zone')}@blue`],
    ];
  }

  /** An ordinary client: it knows a URL, an authority and a nameserver. @returns the body and the address */
  async function curl(client: 'red' | 'blue', url: string): Promise<string> {
    const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
    const how = ['--silent', '--show-error', '--noproxy', '*', '--max-time', '10', '--cacert', authority.ca];
    const words = [pathOf(CURL), ...how, '--write-out', ' from %{remote_ip}', url];
    return await clients[client].run('/bin/sh', '-c', script, join(folder, 'resolv.conf'), ...words);
  }

  for (const [client, address] of [
    ['red', '10.99.0.5'],
    ['blue', '10.99.0.6'],
  ] as const) {
    it(`${client} reaches the service under its own URL at ${address}`, async () => {
      const said = await eventually(() => curl(client, `https://${SERVICE}/whoami`));
      assert.equal(said, `${address} from ${address}`);
    });
  }

  it('a name of its own leads one of them to a load balancer, and the other nowhere', async () => {
    assert.equal(await curl('blue', `https://${CUSTOM}/whoami`), '10.99.0.7 from 10.99.0.7');
    await assert.rejects(curl('red', `https://${CUSTOM}/whoami`), /Could not resolve host/);
  });

  it('the certificate is still judged: a wrong name is refused', async () => {
    await assert.rejects(curl('red', 'https://other-abc123-ew.a.run.app/whoami'), /SSL/);
  });

  it('a new load balancer is found when its zone file is replaced', async () => {
    await writeFile(join(folder, 'corp.zone.new'), 'api A 10.99.0.8\n');
    await rename(join(folder, 'corp.zone.new'), join(folder, 'corp.zone'));
    await nameserver.logged('a zone file is read anew');
    assert.equal(await curl('blue', `https://${CUSTOM}/whoami`), '10.99.0.8 from 10.99.0.8');
  });

  it('the nameserver says which view an answer is from', async () => {
    const url = `http://${NAMESERVER}:8080/v1/explain?name=${SERVICE}`;
    for (const client of ['red', 'blue'] as const) {
      const { view, zone } = JSON.parse((await curl(client, url)).replace(/ from .*$/, ''));
      const from = client === 'red' ? 'psc:10.99.0.5' : 'psc:10.99.0.6';
      assert.deepEqual([view, zone], [client, { kind: 'preset', name: 'run.app.', from }]);
    }
  });
});
