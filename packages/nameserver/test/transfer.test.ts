import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { openStore, put } from '@callsign/catalog';
import { type SocketAddress, silentLog, systemClock } from '@callsign/daemon';
import {
  FLAG,
  parseNetwork,
  parseTsigKeys,
  RCODE,
  signedQuery,
  type TsigKey,
  UdpListener,
} from '@callsign/dns';
import { Follower, type NameserverOptions } from '@callsign/nameserver';
import dnsPacket, { type Answer, type SoaData } from 'dns-packet';
import { addresses, ask } from '../../../test/support/dig.ts';
import { Etcd } from '../../../test/support/etcd.ts';
import { exec } from '../../../test/support/exec.ts';
import { DIG, ETCD, KNOTD, NSD, pathOf, requireParts } from '../../../test/support/parts.ts';
import { freePort } from '../../../test/support/ports.ts';
import { Secondary, XFR_KEY } from '../../../test/support/secondary.ts';
import { eventually } from '../../../test/support/wait.ts';
import { Notifier } from '../src/transfer/notifier.ts';
import { type Running, running } from './support/running.ts';

/** The header's third byte: opcode 4 and AA. */
const NOTIFY_AA = 0x24;
const LOOPBACK = [parseNetwork('127.0.0.0/8')];
const KEYS = parseTsigKeys(XFR_KEY.file);

const STORE = {
  'docker/web': { host: '10.0.0.1' },
  'docker/app/a': { host: '10.0.0.2', port: 80, ttl: 60 },
  'docker/app/b': { host: '2001:db8::1', port: 80, ttl: 60, text: 'two' },
  'docker/in': { host: 'web.docker', port: -1 },
  'docker/out': { host: 'www.example.org' },
  'docker/ring': { host: 'ring.docker', port: -1 },
  'docker/wild/*': { host: '10.0.0.9', port: -1 },
  'docker/sec/x': { host: '10.0.0.7', port: 8443, callsign: { scheme: 'https', portname: 'api' } },
  'docker/dns/apex/one': { host: '10.0.0.3', port: -1 },
  'docker/dns/ns/one': { host: '10.0.0.4', port: -1 },
};

/** Writes services and waits until the zone shows them. */
async function fill(server: Running, table: Readonly<Record<string, object>>): Promise<void> {
  let revision = 0;
  for (const [key, value] of Object.entries(table))
    revision = await put(server.store, key, JSON.stringify(value));
  await eventually(async () => {
    const { answer } = await ask(addressOf(server), 'docker', 'SOA');
    assert.ok(Number(answer[0]?.split(' ')[6]) >= revision);
  });
}

/** What `dig` prints of a transfer: records as in a zone file, comments with what went wrong. */
async function dig(running: Running, ...words: readonly string[]): Promise<string[]> {
  const server = addressOf(running);
  const args = [`@${server.host}`, '-p', String(server.port), '+tries=1', '+time=15', '+nocookie', ...words];
  const text = await exec(pathOf(DIG), args).catch((error: { stdout?: string }) => error.stdout ?? '');
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' '))
    .filter((line) => line !== '');
}

function records(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith(';'));
}

/** The zone above, name by name. `in` is told by what it leads to, `out` is an alias and nothing else. */
const ZONE = `
docker. 30 IN A 10.0.0.3
docker. 60 IN TXT "two"
docker. 30 IN SRV 10 20 0 web.docker.
docker. 30 IN SRV 10 20 80 a.app.docker.
docker. 30 IN SRV 10 20 80 b.app.docker.
docker. 30 IN SRV 10 20 0 www.example.org.
docker. 30 IN SRV 10 20 8443 x.sec.docker.
docker. 30 IN NS one.ns.dns.docker.
_api._tcp.docker. 30 IN SRV 10 100 8443 x.sec.docker.
_https._tcp.docker. 30 IN SRV 10 100 8443 x.sec.docker.
_8443._https.docker. 30 IN HTTPS 1 x.sec.docker. ipv4hint=10.0.0.7
web.docker. 30 IN A 10.0.0.1
web.docker. 30 IN SRV 10 100 0 web.docker.
app.docker. 60 IN A 10.0.0.2
app.docker. 60 IN AAAA 2001:db8::1
app.docker. 60 IN TXT "two"
app.docker. 60 IN SRV 10 50 80 a.app.docker.
app.docker. 60 IN SRV 10 50 80 b.app.docker.
a.app.docker. 60 IN A 10.0.0.2
a.app.docker. 60 IN SRV 10 100 80 a.app.docker.
b.app.docker. 60 IN AAAA 2001:db8::1
b.app.docker. 60 IN TXT "two"
b.app.docker. 60 IN SRV 10 100 80 b.app.docker.
in.docker. 30 IN A 10.0.0.1
in.docker. 30 IN PTR web.docker.
out.docker. 30 IN CNAME www.example.org.
ring.docker. 30 IN PTR ring.docker.
wild.docker. 30 IN A 10.0.0.9
*.wild.docker. 30 IN A 10.0.0.9
sec.docker. 30 IN A 10.0.0.7
sec.docker. 30 IN SRV 10 100 8443 x.sec.docker.
sec.docker. 30 IN HTTPS 1 x.sec.docker. port=8443 ipv4hint=10.0.0.7
_api._tcp.sec.docker. 30 IN SRV 10 100 8443 x.sec.docker.
_https._tcp.sec.docker. 30 IN SRV 10 100 8443 x.sec.docker.
_8443._https.sec.docker. 30 IN HTTPS 1 x.sec.docker. ipv4hint=10.0.0.7
x.sec.docker. 30 IN A 10.0.0.7
x.sec.docker. 30 IN SRV 10 100 8443 x.sec.docker.
x.sec.docker. 30 IN HTTPS 1 x.sec.docker. port=8443 ipv4hint=10.0.0.7
_api._tcp.x.sec.docker. 30 IN SRV 10 100 8443 x.sec.docker.
_https._tcp.x.sec.docker. 30 IN SRV 10 100 8443 x.sec.docker.
_8443._https.x.sec.docker. 30 IN HTTPS 1 x.sec.docker. ipv4hint=10.0.0.7
dns.docker. 30 IN A 10.0.0.3
dns.docker. 30 IN A 10.0.0.4
apex.dns.docker. 30 IN A 10.0.0.3
one.apex.dns.docker. 30 IN A 10.0.0.3
ns.dns.docker. 30 IN A 10.0.0.4
one.ns.dns.docker. 30 IN A 10.0.0.4
local.dns.docker. 30 IN A 10.0.0.1
local.dns.docker. 30 IN SRV 10 100 0 web.docker.`;

const XFR = `hmac-sha256:xfr:${XFR_KEY.secret}`;

/** Who asks for what, and the words that dig prints of what becomes of it. */
const CASES: ReadonlyArray<{
  readonly what: string;
  readonly options: Partial<NameserverOptions>;
  readonly words: readonly string[];
  readonly expected: RegExp;
}> = [
  {
    what: 'refuses everybody by default',
    options: {},
    words: ['docker', 'AXFR'],
    expected: /Transfer failed/,
  },
  {
    what: 'refuses an address that is not allowed',
    options: { allowTransfer: [parseNetwork('192.0.2.0/24')] },
    words: ['docker', 'AXFR'],
    expected: /Transfer failed/,
  },
  {
    what: 'says why',
    options: {},
    words: ['docker', 'IXFR=1', '+notcp', '+comments'],
    expected: /EDE: 18 \(Prohibited\): \(no zone transfers to this client\)/,
  },
  {
    what: 'knows no zone of another name',
    options: { allowTransfer: LOOPBACK },
    words: ['web.docker', 'IXFR=1', '+notcp', '+comments'],
    expected: /status: NOTAUTH/,
  },
  {
    what: 'refuses the unsigned where there are keys',
    options: { allowTransfer: LOOPBACK, tsigKeys: KEYS },
    words: ['docker', 'IXFR=1', '+notcp', '+comments'],
    expected: /status: REFUSED[\s\S]*have to be signed/,
  },
  {
    what: 'gives the signed what they ask for',
    options: { allowTransfer: LOOPBACK, tsigKeys: KEYS },
    words: ['docker', 'AXFR', '-y', XFR],
    expected: /XFR size: 49 records/,
  },
  {
    what: 'does not know another key',
    options: { allowTransfer: LOOPBACK, tsigKeys: KEYS },
    words: ['docker', 'SOA', '-y', `hmac-sha256:other:${XFR_KEY.secret}`],
    expected: /status: NOTAUTH[\s\S]*other\. 0 ANY TSIG hmac-sha256\. \d+ 300 0 \d+ BADKEY 0/,
  },
  {
    what: 'does not believe another secret',
    options: { allowTransfer: LOOPBACK, tsigKeys: KEYS },
    words: ['docker', 'SOA', '-y', 'hmac-sha256:xfr:AAAA'],
    expected: /status: NOTAUTH[\s\S]*BADSIG 0/,
  },
  {
    what: 'tells its own time to a clock that is wrong',
    options: { tsigKeys: KEYS },
    words: ['docker', 'SOA', '+fuzztime=1000000000', '-y', XFR],
    expected: /status: NOTAUTH[\s\S]*1000000000 300 32 \S+ \d+ BADTIME 6/,
  },
  {
    what: 'signs whatever it answers',
    options: { tsigKeys: KEYS },
    words: ['web.docker', 'A', '-y', XFR],
    expected: /status: NOERROR[\s\S]*xfr\. 0 ANY TSIG hmac-sha256\. \d+ 300 32 \S+ \d+ NOERROR 0/,
  },
  {
    what: 'answers IXFR with the SOA record alone over UDP',
    options: { allowTransfer: LOOPBACK },
    words: ['docker', 'IXFR=1', '+notcp', '+comments'],
    expected: /status: NOERROR[\s\S]*QUERY: 1, ANSWER: 1,/,
  },
  {
    what: 'answers IXFR with the whole zone over TCP',
    options: { allowTransfer: LOOPBACK },
    words: ['docker', 'IXFR=1'],
    expected: /XFR size: 49 records/,
  },
  {
    what: 'answers IXFR with the SOA record alone to who has the zone',
    options: { allowTransfer: LOOPBACK },
    words: ['docker', 'IXFR=2000000000'],
    expected: /XFR size: 1 records/,
  },
  {
    what: 'knows that serials go round',
    options: { allowTransfer: LOOPBACK },
    words: ['docker', 'IXFR=4200000000'],
    expected: /XFR size: 49 records/,
  },
];

describe('zone transfer', () => {
  before(function () {
    requireParts(this, DIG);
  });

  it('gives every name that exists with what it answers', async () => {
    await using server = await running({ allowTransfer: LOOPBACK, local: 'web.docker.' });
    await fill(server, STORE);
    const [soa, ...rest] = records(await dig(server, 'docker', 'AXFR'));
    assert.match(soa ?? '', /^docker\. 5 IN SOA ns\.dns\.docker\. hostmaster\.docker\. /);
    assert.deepEqual(rest, [...ZONE.trim().split('\n'), soa]);
  });

  it('gives each record once, also of a domain that is the name of an address', async () => {
    const domain = '1.0.0.10.in-addr.arpa';
    await using server = await running({ domains: ['docker.', `${domain}.`], allowTransfer: LOOPBACK });
    await fill(server, { 'docker/web': { host: '10.0.0.1' } });
    const [soa, ...rest] = records(await dig(server, domain, 'AXFR'));
    const own = ['PTR web.docker.', `NS ns.dns.${domain}.`];
    assert.deepEqual(rest, [...own.map((record) => `${domain}. 30 IN ${record}`), soa]);
  });

  for (const { what, options, words, expected } of CASES) {
    it(what, async () => {
      await using server = await running(options);
      await fill(server, STORE);
      assert.match((await dig(server, ...words)).join('\n'), expected);
    });
  }

  it('shows one revision, however long the client takes and whatever changes meanwhile', async () => {
    await using server = await running({ allowTransfer: LOOPBACK });
    const many = Array.from({ length: 3000 }, (_, at) => [`docker/n${at}`, { host: '10.0.0.1' }] as const);
    await fill(server, Object.fromEntries(many));
    const transfers = [dig(server, 'docker', 'AXFR'), dig(server, 'docker', 'AXFR')];
    for (let at = 0; at < 200; at += 1) await put(server.store, 'docker/changing', `{"host":"10.0.1.${at}"}`);
    for (const lines of await Promise.all(transfers.map(async (lines) => records(await lines)))) {
      const addresses = lines.filter((line) => /^changing\.docker\. 30 IN A /.test(line));
      assert.ok(addresses.length < 2);
      assert.equal(lines.at(-1), lines[0]);
    }
  });
});

describe('a signed reply', () => {
  it('is no larger than its client takes, whatever is told in it', async () => {
    const key: TsigKey = { name: 'key.', algorithm: 'hmac-sha512', secret: Buffer.alloc(64) };
    const identity = { version: '1', server: 'n'.repeat(64) };
    await using server = await running({ tsigKeys: [key], identity });
    const name = [63, 63, 63, 61].map((size) => 'n'.repeat(size)).join('.');
    const options = [
      { code: 'NSID', data: Buffer.alloc(0) },
      { code: 'COOKIE', data: Buffer.alloc(8) },
    ];
    const opt = { type: 'OPT', name: '.', udpPayloadSize: 512, options } as unknown as Answer;
    const question = dnsPacket.encode({ questions: [{ name, type: 'A' }], additionals: [opt] });
    const client = createSocket('udp4');
    const { host, port } = addressOf(server);
    client.send(signedQuery(question, key, Math.floor(Date.now() / 1_000)), port, host);
    const [reply] = (await once(client, 'message', { signal: AbortSignal.timeout(30_000) })) as [Buffer];
    client.close();
    assert.equal((reply[3] as number) & 15, RCODE.REFUSED);
    assert.ok(reply.length <= 512, `${reply.length} bytes`);
  });
});

/** A secondary that answers each NOTIFY with the next of these rcodes, and with NOERROR when there are no more. */
async function listening(...rcodes: readonly number[]) {
  const heard: Buffer[] = [];
  const listener = new UdpListener(
    { host: '127.0.0.1', port: 0 },
    {
      respond: (query, length, reply) => {
        heard.push(Buffer.from(query.subarray(0, length)));
        query.copy(reply, 0, 0, length);
        const rcode = rcodes[heard.length - 1] ?? RCODE.NOERROR;
        reply.writeUInt16BE(query.readUInt16BE(2) | FLAG.QR | rcode, 2);
        return length;
      },
    },
  );
  await listener.start();
  return { heard, address: listener.address, [Symbol.asyncDispose]: () => listener.close() };
}

function serialIn(notify: Buffer | undefined): number | undefined {
  const { answers } = dnsPacket.decode(notify as Buffer);
  const [soa] = (answers ?? []) as unknown as readonly { readonly data: SoaData }[];
  return soa?.data.serial;
}

describe('NOTIFY', () => {
  it('is said again until the secondary takes it, and names the zone and its serial', async () => {
    await using secondary = await listening(RCODE.REFUSED);
    const { heard, address } = secondary;
    await using server = await running({ notify: [address] });
    await eventually(() => assert.equal(heard.length, 2));
    const { questions } = dnsPacket.decode(heard[1] as Buffer);
    assert.deepEqual(
      [questions?.[0]?.name, questions?.[0]?.type, heard[1]?.[2]],
      ['docker', 'SOA', NOTIFY_AA],
    );
    assert.equal(serialIn(heard[1]), (await server.store.list('')).revision);
    assert.match(
      await server.metrics.text(),
      /callsign_notify_sent_total 2\n[\s\S]*callsign_notify_failures_total 1\n/,
    );
  });

  it('is said of the lower revisions, too, of an etcd that was set up anew', async function () {
    requireParts(this, ETCD);
    await using secondary = await listening();
    await using parts = new AsyncDisposableStack();
    const etcd = parts.adopt(await Etcd.start(), (one) => one.close());
    const store = parts.adopt(await openStore(`etcd://${etcd.address}/skydns`), (one) => one.close());
    const zone = { domains: ['docker.'], ttl: 30, negativeTtl: 5 };
    const follower = new Follower({ store, zone, log: silentLog, publish: () => undefined });
    const telling = { secondaries: [secondary.address], domains: zone.domains, key: undefined, follower };
    const notifier = new Notifier({ ...telling, log: silentLog, clock: systemClock });
    for (const part of [follower, notifier]) await parts.adopt(part, (one) => one.close()).start();
    for (let at = 0; at < 5; at += 1) await put(store, 'docker/web', `{"host":"10.0.0.${at}"}`);
    await eventually(() => assert.equal(serialIn(secondary.heard.at(-1)), 6));
    await etcd.end('SIGKILL');
    await etcd.restartEmpty();
    await eventually(() => assert.equal(serialIn(secondary.heard.at(-1)), 1));
  });
});

describe('secondaries', () => {
  before(function () {
    requireParts(this, DIG, KNOTD, NSD);
  });

  for (const kind of ['knotd', 'nsd'] as const) {
    it(`${kind} has a change by NOTIFY and a signed transfer`, async () => {
      const port = await freePort();
      const notify = [{ host: '127.0.0.1', port }];
      await using server = await running({ allowTransfer: LOOPBACK, tsigKeys: KEYS, notify });
      await fill(server, STORE);
      await using secondary = await Secondary.start(kind, 'docker', port, addressOf(server));
      await secondary.serial('docker', await server.store.list('').then(({ revision }) => revision));
      await fill(server, { 'docker/new': { host: '10.0.0.77' } });
      await eventually(async () => {
        assert.deepEqual(await addresses(secondary.address, 'new.docker'), ['10.0.0.77']);
      });
    });
  }
});

function addressOf({ nameserver }: Running): SocketAddress {
  return nameserver.dnsAddresses[0] as SocketAddress;
}
