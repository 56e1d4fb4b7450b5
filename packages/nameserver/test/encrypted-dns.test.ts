import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { put, type Store } from '@callsign/catalog';
import { type SocketAddress, silentLog } from '@callsign/daemon';
import {
  decodeMessage,
  encodeMessage,
  FLAG,
  LATER,
  Networks,
  openEndpoint,
  parseNetwork,
  RCODE,
  type Responder,
} from '@callsign/dns';
import { Listeners } from '@callsign/nameserver';
import { Authority } from '../../../test/support/certificates.ts';
import { ManualClock } from '../../../test/support/clock.ts';
import { exec } from '../../../test/support/exec.ts';
import { KDIG, OPENSSL, pathOf, requireParts } from '../../../test/support/parts.ts';
import { eventually } from '../../../test/support/wait.ts';
import { type Running, running } from './support/running.ts';

const NAME = 'dns.test';
const LOOPBACK = [{ host: '127.0.0.1', port: 0 }];
/** More than a UDP reply holds, and more than one TLS record. */
const MANY = 1_500;

describe('encrypted DNS', () => {
  let authority: Authority;

  before(async function () {
    requireParts(this, OPENSSL, KDIG);
    authority = await Authority.make();
    for (const name of [NAME, 'other.test']) await authority.issue(name);
  });
  after(() => authority?.close());

  const encrypted = (certificate = authority.files(NAME)) => ({ dot: LOOPBACK, doh: LOOPBACK, certificate });

  /** Asks as a careful client would: the authority and the name have to be right. */
  async function kdig({ host, port }: SocketAddress, ...words: readonly string[]): Promise<string> {
    const trust = [`+tls-ca=${authority.ca}`, `+tls-hostname=${NAME}`];
    return exec(pathOf(KDIG), [`@${host}`, '-p', String(port), '+timeout=5', '+retry=0', ...trust, ...words]);
  }

  describe('asked by kdig', () => {
    let server: Running;
    before(async () => {
      server = await running({ encrypted: encrypted(), allowTransfer: [parseNetwork('127.0.0.1')] });
      await put(server.store, 'docker/web', '{"host":"10.0.0.1"}');
      await fill(server.store);
    });
    after(() => server?.[Symbol.asyncDispose]());

    for (const how of ['+tls', '+https', '+https-get'] as const) {
      const at = () => (how === '+tls' ? server.nameserver.dotAddresses : server.nameserver.dohAddresses)[0];
      const words = how === '+https-get' ? ['+https', '+https-get'] : [how];

      it(`answers ${how}`, async () => {
        await eventually(async () => {
          const said = await kdig(at() as SocketAddress, ...words, 'web.docker', 'A');
          assert.match(said, /status: NOERROR/);
          assert.match(said, /^web\.docker\.\s+30\s+IN\s+A\s+10\.0\.0\.1$/m);
        });
      });

      it(`pads what it answers ${how} to a padded question, and nothing else`, async () => {
        await eventually(async () => {
          const [plain, pads] = await Promise.all(
            ['+nopadding', '+padding=128'].map((padding) =>
              kdig(at() as SocketAddress, ...words, padding, 'web.docker', 'A'),
            ),
          );
          assert.match(plain ?? '', /ANSWER: 1;[\s\S]*Received 44 B/);
          assert.match(pads ?? '', /ANSWER: 1;[\s\S]*PADDING[\s\S]*Received 468 B/);
        });
      });

      it(`answers ${how} with all of a large answer`, async () => {
        await eventually(async () => {
          const said = await kdig(at() as SocketAddress, ...words, 'many.docker', 'A');
          assert.match(said, new RegExp(`^;; Flags: qr aa rd; QUERY: 1; ANSWER: ${MANY}; `, 'm'));
        });
      });
    }

    it('transfers a zone over TLS', async () => {
      const [dot] = server.nameserver.dotAddresses;
      await eventually(async () => {
        const said = await kdig(dot as SocketAddress, '+tls', 'docker', 'AXFR');
        const records = said.split('\n').filter((line) => /^n\d+\.many\.docker\.\s+30\s+IN\s+A\s/.test(line));
        assert.equal(records.length, MANY);
        assert.match(said, /^;; Received \d+ B \(\d\d messages, /m);
      });
    });

    it('counts connections, transports and failed handshakes, and tells when the certificate ends', async () => {
      const stranger = connect({
        ...(server.nameserver.dotAddresses[0] as SocketAddress),
        ALPNProtocols: ['h2'],
      });
      stranger.on('error', () => undefined);
      await eventually(async () => {
        const { text } = await server.request('GET', '/metrics');
        for (const expected of [
          /^callsign_dns_requests_total\{proto="tls",type="A"\} [1-9]/m,
          /^callsign_dns_requests_total\{proto="https",type="A"\} [1-9]/m,
          /^callsign_dns_connections\{proto="tls"\} \d+$/m,
          /^callsign_dns_connections_crowded_total\{proto="https"\} 0$/m,
          /^callsign_tls_handshake_failures_total\{proto="tls"\} 1$/m,
          /^callsign_proxy_protocol_refused_total\{proto="udp"\} 0$/m,
        ])
          assert.match(text, expected);
        const [, expiry] = /^callsign_tls_certificate_expiry_timestamp_seconds (\d+)$/m.exec(text) ?? [];
        const hours = (Number(expiry) - Date.now() / 1_000) / 3_600;
        assert.ok(hours > 23 && hours < 25, `in ${hours} hours`);
      });
    });
  });

  for (const [over, ...words] of [
    ['TCP', '+notls', '+tcp'],
    ['TLS', '+tls'],
    ['HTTPS', '+https'],
  ] as const) {
    it(`answers over ${over} what an upstream still has when it is asked to end`, async () => {
      const { answers, answering } = slowResolver('www.example.org.');
      await using stack = new AsyncDisposableStack();
      const endpoint = await openEndpoint({ host: '127.0.0.1', port: 0 }, answering);
      const upstream = stack.adopt(endpoint, (one) => one.close());
      await using server = await running({ encrypted: encrypted(), upstreams: [upstream.address] });
      const { dnsAddresses, dotAddresses, dohAddresses } = server.nameserver;
      const [at] = { TCP: dnsAddresses, TLS: dotAddresses, HTTPS: dohAddresses }[over];
      const said = kdig(at as SocketAddress, ...words, 'www.example.org', 'A');
      await eventually(() => assert.notEqual(answers.length, 0));
      const closing = server.nameserver.close();
      for (const answer of answers) answer();
      assert.match(await said, /^www\.example\.org\.\s+60\s+IN\s+A\s+192\.0\.2\.1$/m);
      await closing;
    });
  }

  it('does not start with a certificate that cannot be used', async () => {
    const certificate = { ...authority.files(NAME), key: '/none.key' };
    await assert.rejects(running({ encrypted: encrypted(certificate) }), { code: 'CERTIFICATE_INVALID' });
  });

  it('shows a certificate that was replaced, over both', async () => {
    const clock = new ManualClock(Date.now());
    const live = {
      cert: join(authority.directory, 'live/tls.crt'),
      key: join(authority.directory, 'live/tls.key'),
    };
    await mkdir(join(authority.directory, 'live'));
    const use = async ({ cert, key }: typeof live) => {
      await copyFile(cert, live.cert);
      await copyFile(key, live.key);
    };
    await use(authority.files(NAME));
    const responder = { respond: () => 0 };
    const listeners = new Listeners({
      dns: [],
      encrypted: encrypted(live),
      responder,
      log: silentLog,
      clock,
    });
    await listeners.start();
    const shown = () => Promise.all([...listeners.dot, ...listeners.doh].map(subjectAt));
    assert.deepEqual(await shown(), [NAME, NAME]);
    await use(authority.files('other.test'));
    await eventually(() => assert.equal(clock.sleeping, 1));
    await clock.advance(5_000);
    await eventually(async () => assert.deepEqual(await shown(), ['other.test', 'other.test']));
    await listeners.close();
  });

  it('takes the clients of trusted proxies for what the proxies say, and of nobody else', async () => {
    const proxies = new Networks([parseNetwork('127.0.0.1')]);
    await using server = await running({ encrypted: encrypted(), proxies });
    const [dot] = server.nameserver.dotAddresses;
    await assert.rejects(kdig(dot as SocketAddress, '+tls', 'docker', 'SOA'));
    const { text } = await server.request('GET', '/metrics');
    assert.match(text, /^callsign_proxy_protocol_refused_total\{proto="tls"\} 1$/m);
  });
});

/** A resolver that keeps its answers for one name until the test gives them, and knows no other. */
function slowResolver(name: string) {
  const answers: (() => void)[] = [];
  const answering: Responder = {
    respond: (query, length, reply, exchange) => {
      const { id, question } = decodeMessage(Buffer.from(query.subarray(0, length)));
      const message = { id, flags: FLAG.QR | FLAG.RA, question, authority: [], additional: [] };
      if (question.name !== name)
        return encodeMessage({ ...message, rcode: RCODE.NXDOMAIN, answer: [] }).copy(reply);
      const answer = [{ name, ttl: 60, type: 'A' as const, address: '192.0.2.1' }];
      const send = exchange.defer();
      answers.push(() => send(encodeMessage({ ...message, rcode: RCODE.NOERROR, answer })));
      return LATER;
    },
  };
  return { answers, answering };
}

async function fill(store: Store): Promise<void> {
  const address = (at: number) => `10.1.${at >> 8}.${at & 255}`;
  await Promise.all(
    Array.from({ length: MANY }, (_, at) => put(store, `docker/many/n${at}`, `{"host":"${address(at)}"}`)),
  );
}

async function subjectAt(at: SocketAddress): Promise<string | undefined> {
  const trusting: ConnectionOptions = { ...at, rejectUnauthorized: false };
  const socket = connect(trusting);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('secureConnect', () => resolve()).once('error', reject);
  await promise;
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return [CN].flat()[0];
}
