import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedStore, put } from '@callsign/catalog';
import { Child } from '../support/child.ts';
import { type DigAnswer, parseDig } from '../support/dig.ts';
import { exec } from '../support/exec.ts';
import { Namespace } from '../support/namespace.ts';
import {
  BUSYBOX,
  CC,
  DIG,
  DNSMASQ,
  GETENT,
  IP,
  KDIG,
  MUSL_GCC,
  PYTHON,
  pathOf,
  requireParts,
  UNBOUND,
} from '../support/parts.ts';
import { Callsign } from '../support/process.ts';
import { eventually } from '../support/wait.ts';
import { CACHES, type Cache } from './support/caches.ts';
import { LOOKUP_PROGRAMS, lines } from './support/lookup-programs.ts';

const MANY = 300;
const NEGATIVE_TTL = 600;
const SOURCE = fileURLToPath(new URL('support/resolve.c', import.meta.url));

const STORE: Readonly<Record<string, object>> = {
  'docker/v4': { host: '10.0.0.4' },
  'docker/v6': { host: 'fd00::6' },
  'docker/dual/a': { host: '10.0.0.7' },
  'docker/dual/b': { host: 'fd00::7' },
  'docker/flat/a': { host: 'v4.docker' },
  'docker/flat/b': { host: 'v6.docker' },
  'docker/note': { text: 'only a text' },
  'docker/long': { text: `${'a'.repeat(255)}${'b'.repeat(255)}c` },
  'docker/web/one': {
    host: '10.0.0.8',
    port: 8443,
    callsign: { scheme: 'https', portname: 'api', alpn: ['h2', 'http/1.1'] },
  },
  'docker/mail/one': { host: '10.0.0.9', mail: true },
  'docker/deep/in/a/tree/leaf': { host: '10.0.0.10' },
  ...Object.fromEntries(
    Array.from({ length: 9 }, (_, at) => [
      `docker/step${at}`,
      { host: at === 8 ? 'v4.docker' : `step${at + 1}.docker` },
    ]),
  ),
  ...Object.fromEntries(
    Array.from({ length: MANY }, (_, at) => [`docker/many/i${at}`, { host: `10.1.${at >> 8}.${at & 255}` }]),
  ),
};

/** What a client's own words for a name are: its addresses, or none. */
const NAMES: readonly (readonly [name: string, addresses: readonly string[]])[] = [
  ['v4.docker', ['10.0.0.4']],
  ['v6.docker', ['fd00::6']],
  ['dual.docker', ['10.0.0.7', 'fd00::7']],
  ['flat.docker', ['10.0.0.4', 'fd00::6']],
  ['step0.docker', ['10.0.0.4']],
  ['V4.Docker', ['10.0.0.4']],
  ['nobody.docker', ['none']],
  ['note.docker', ['none']],
];

const NODE_RESOLVE = `
const resolver = new (require('node:dns').promises.Resolver)();
const ask = ([how, name]) => resolver[how](name).catch(({ code }) => code);
Promise.all(JSON.parse(process.argv[1]).map(ask)).then((all) => console.log(JSON.stringify(all)));`;

const SRV = [{ name: 'one.web.docker', port: 8443, priority: 10, type: 'SRV', weight: 100 }];
const BY_NODE: readonly (readonly [how: string, name: string, expected: unknown])[] = [
  ['resolve4', 'dual.docker', ['10.0.0.7']],
  ['resolve6', 'dual.docker', ['fd00::7']],
  ['resolve6', 'v4.docker', 'ENODATA'],
  ['resolve4', 'nobody.docker', 'ENOTFOUND'],
  ['resolveSrv', 'web.docker', SRV],
  ['resolveSrv', '_api._tcp.web.docker', SRV],
  ['resolveMx', 'mail.docker', [{ exchange: 'one.mail.docker', priority: 10, type: 'MX' }]],
  ['resolveTxt', 'long.docker', [['a'.repeat(255), 'b'.repeat(255), 'c']]],
  ['resolveCname', 'step8.docker', ['v4.docker']],
  ['resolvePtr', '8.0.0.10.in-addr.arpa', ['one.web.docker']],
  ['reverse', '10.0.0.8', ['one.web.docker']],
  ['resolveAny', 'dual.docker', []],
];

let folder: string;

/** Questions to whoever stands between a client and us: rcode, and the rdata of the last RRset. */
const THROUGH: readonly (readonly [question: string, rcode: string, rdata: readonly string[]])[] = [
  ['v4.docker A', 'NOERROR', ['10.0.0.4']],
  ['v4.docker AAAA', 'NOERROR', []],
  ['V6.dOCKER AAAA', 'NOERROR', ['fd00::6']],
  ['flat.docker A', 'NOERROR', ['10.0.0.4']],
  ['step0.docker A', 'NOERROR', ['10.0.0.4']],
  ['step0.docker AAAA', 'NOERROR', []],
  ['leaf.tree.a.in.deep.docker A', 'NOERROR', ['10.0.0.10']],
  ['tree.a.in.deep.docker MX', 'NOERROR', []],
  ['other.tree.a.in.deep.docker A', 'NXDOMAIN', []],
  ['nobody.docker A', 'NXDOMAIN', []],
  ['a.b.nobody.docker A', 'NXDOMAIN', []],
  ['docker SOA', 'NOERROR', ['ns.dns.docker. hostmaster.docker. SERIAL 7200 1800 86400 600']],
  ['note.docker TXT', 'NOERROR', ['"only a text"']],
  ['long.docker TXT', 'NOERROR', [`"${'a'.repeat(255)}" "${'b'.repeat(255)}" "c"`]],
  ['web.docker SRV', 'NOERROR', ['10 100 8443 one.web.docker.']],
  ['_api._tcp.web.docker SRV', 'NOERROR', ['10 100 8443 one.web.docker.']],
  ['_ftp._tcp.web.docker SRV', 'NXDOMAIN', []],
  ['web.docker HTTPS', 'NOERROR', ['1 one.web.docker. alpn="h2,http/1.1" port=8443 ipv4hint=10.0.0.8']],
  ['mail.docker MX', 'NOERROR', ['10 one.mail.docker.']],
  ['4.0.0.10.in-addr.arpa PTR', 'NOERROR', ['v4.docker.']],
];

/** What systemd-resolved and other validators ask a server to find out what it can do, and what they live on. */
const PROBES: readonly (readonly [words: string, rcode: string, edns: boolean])[] = [
  ['v4.docker AAAA +noedns', 'NOERROR', false],
  ['v4.docker AAAA +edns=0 +bufsize=512', 'NOERROR', true],
  ['v4.docker AAAA +dnssec +bufsize=1232', 'NOERROR', true],
  ['v4.docker DS +dnssec', 'NOERROR', true],
  ['docker DNSKEY +dnssec', 'NOERROR', true],
  ['docker DS +dnssec', 'NOERROR', true],
  ['nobody.docker AAAA +dnssec', 'NXDOMAIN', true],
  ['v4.docker AAAA +dnssec +tcp', 'NOERROR', true],
];

describe('e2e: clients of every make', function () {
  this.timeout(120_000);
  let namespace: Namespace;
  let nameserver: Callsign;
  const children: Child[] = [];

  before(async function () {
    requireParts(this, BUSYBOX, CC, DIG, DNSMASQ, GETENT, IP, KDIG, MUSL_GCC, PYTHON, UNBOUND);
    folder = await mkdtemp(join(tmpdir(), 'callsign-clients-'));
    await writeFile(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:2 attempts:1\n');
    await Promise.all([
      fill(join(folder, 'store')),
      exec(pathOf(CC), ['-O1', '-o', join(folder, 'resolve'), SOURCE]),
      exec(pathOf(MUSL_GCC), ['-O1', '-static', '-o', join(folder, 'resolve-musl'), SOURCE]),
    ]);
    namespace = await Namespace.make('clients');
    nameserver = new Callsign(
      [
        ...['nameserver', '--store', `embedded:${join(folder, 'store')}`, '--nameserver', 'none'],
        ...['--dns', '127.0.0.1:53', '--http', '127.0.0.1:8080', '--negative-ttl', String(NEGATIVE_TTL)],
      ],
      {},
      namespace,
    );
    await nameserver.logged('serving');
    await Promise.all(CACHES.map(start));
  });

  after(async () => {
    await Promise.all(children.map((child) => child.end('SIGTERM')));
    await nameserver?.end('SIGTERM');
    await namespace?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  for (const { what, command, read = lines, atLeast = MANY } of LOOKUP_PROGRAMS) {
    it(`${what} finds addresses of each family, by way of aliases too, and tells what has none`, async () => {
      const found = NAMES.map(async ([name]) => {
        const addresses = new Set(read(await run(...command(name, folder))));
        return [name, [...addresses].toSorted()];
      });
      assert.deepEqual(await Promise.all(found), NAMES);
    });

    it(`${what} takes many addresses`, async () => {
      const found = new Set(read(await run(...command('many.docker', folder))));
      assert.ok(
        [...found].every((address) => address.startsWith('10.1.')),
        [...found].join(),
      );
      assert.ok(found.size >= atLeast, `it took ${found.size}`);
    });
  }

  for (const program of ['resolve', 'resolve-musl']) {
    it(`${program} finds the name of an address`, async () => {
      assert.equal(await run(join(folder, program), '10.0.0.8'), 'one.web.docker\n');
    });
  }

  it('Node’s own resolver reads every type', async () => {
    const found = await run(process.execPath, '-e', NODE_RESOLVE, JSON.stringify(BY_NODE));
    const got = JSON.parse(found) as unknown[];
    assert.deepEqual(
      BY_NODE.map(([how, name], at) => [how, name, got[at]]),
      BY_NODE,
    );
  });

  it('kdig reads HTTPS as it is meant', async () => {
    const text = await run(pathOf(KDIG), '@127.0.0.1', '+short', 'web.docker', 'HTTPS');
    assert.equal(text.trim(), '1 one.web.docker. alpn=h2,http/1.1 port=8443 ipv4hint=10.0.0.8');
  });

  for (const { what, port } of CACHES) {
    describe(what, () => {
      it('gives on what we answer', async () => {
        const found = THROUGH.map(async ([question]) => {
          const { rcode, answer } = await dig(port, question);
          return [question, rcode, answer.filter(isType(question)).map(rdataOf)];
        });
        assert.deepEqual(await Promise.all(found), THROUGH);
      });

      it('gets more addresses than a packet holds', async () => {
        assert.equal((await dig(port, 'many.docker A')).answer.length, MANY);
      });

      it('keeps what does not exist for as long as the SOA says', async () => {
        for (const question of [`absent${port}.docker A`, 'v4.docker AAAA']) {
          const first = await dig(port, question);
          nameserver.signal('SIGSTOP');
          try {
            const kept = await dig(port, question);
            assert.equal(kept.rcode, first.rcode);
            const ttls = kept.authority.map((line) => Number(line.split(' ')[1]));
            assert.ok(
              ttls.every((ttl) => ttl > 0 && ttl <= NEGATIVE_TTL),
              kept.authority.join(),
            );
          } finally {
            nameserver.signal('SIGCONT');
          }
        }
      });
    });
  }

  it('tells validating stubs what they ask first', async () => {
    const found = PROBES.map(async ([words]) => {
      const text = await run(pathOf(DIG), '@127.0.0.1', '+tries=1', '+time=2', ...words.split(' '));
      const { rcode, answer, authority } = parseDig(text);
      assert.deepEqual([answer, authority.map(headOf)], [[], [`docker. ${NEGATIVE_TTL} IN SOA`]], words);
      return [words, rcode, text.includes('OPT PSEUDOSECTION')];
    });
    assert.deepEqual(await Promise.all(found), PROBES);
  });

  /** Runs a program in the namespace, where we are the one name server. */
  async function run(...words: readonly string[]): Promise<string> {
    const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
    return await namespace.run('/bin/sh', '-c', script, join(folder, 'resolv.conf'), ...words);
  }

  async function dig(port: number, question: string): Promise<DigAnswer> {
    const how = ['@127.0.0.1', '-p', String(port), '+tries=2', '+time=3', '+nocookie'];
    return parseDig(await namespace.run(pathOf(DIG), ...how, ...question.split(' ')));
  }

  async function start({ part, port, setUp }: Cache): Promise<void> {
    const child = new Child(...namespace.command(pathOf(part), await setUp(folder)));
    children.push(child);
    await eventually(async () => {
      assert.ok(child.running, child.lines.join('\n'));
      await dig(port, 'v4.docker A');
    });
  }
});

async function fill(file: string): Promise<void> {
  const store = await EmbeddedStore.open({ file });
  for (const [key, message] of Object.entries(STORE)) await put(store, key, JSON.stringify(message));
  await store.close();
}

function isType(question: string): (line: string) => boolean {
  return (line) => line.split(' ')[3] === question.split(' ')[1];
}

function headOf(line: string): string {
  return line.split(' ').slice(0, 4).join(' ');
}

/** The SOA's serial is the store's revision: not the same at every run. */
function rdataOf(line: string): string {
  const words = line.split(' ');
  const rdata = words.slice(4);
  return (words[3] === 'SOA' ? rdata.with(2, 'SERIAL') : rdata).join(' ');
}
