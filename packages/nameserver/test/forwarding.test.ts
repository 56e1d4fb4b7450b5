import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { put } from '@callsign/catalog';
import type { SocketAddress } from '@callsign/daemon';
import {
  type Answer,
  decodeMessage,
  encodeMessage,
  FLAG,
  ForwardCache,
  parseNetwork,
  type Recursor,
} from '@callsign/dns';
import { nameserverOptions, parseStub } from '@callsign/nameserver';
import { Child } from '../../../test/support/child.ts';
import { ask } from '../../../test/support/dig.ts';
import { DIG, pathOf, requireParts, UNBOUND } from '../../../test/support/parts.ts';
import { freePort } from '../../../test/support/ports.ts';
import { Callsign } from '../../../test/support/process.ts';
import { fetching } from '../../../test/support/recursor.ts';
import { eventually } from '../../../test/support/wait.ts';
import { isOurselves } from '../src/forwarding/ourselves.ts';
import { RecursionRights } from '../src/forwarding/recursion-rights.ts';
import { answering, entriesOf, exchange, questionBytes } from './support/answering.ts';
import { running } from './support/running.ts';

type Resolver = SocketAddress & { readonly child: Child };

/** A resolver of another make that knows a few names of its own and asks nobody. */
async function unbound(records: readonly string[], folder: string): Promise<Resolver> {
  const port = await freePort();
  const lines = [
    ...['do-daemonize: no', 'username: ""', 'chroot: ""', 'pidfile: ""', 'use-syslog: no', 'verbosity: 0'],
    ...['interface: 127.0.0.1', `port: ${port}`, 'local-zone: "." static', 'module-config: "iterator"'],
    ...records.map((record) => `local-data: '${record}'`),
  ];
  const file = join(folder, `unbound-${port}.conf`);
  await writeFile(
    file,
    `server:\n${lines.map((line) => `  ${line}\n`).join('')}remote-control:\n  control-enable: no\n`,
  );
  const child = new Child(pathOf(UNBOUND), ['-d', '-c', file]);
  return { host: '127.0.0.1', port, child };
}

describe('forwarding', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callsign-forwarding-'));
  });
  after(() => rm(folder, { recursive: true }));

  describe('to real resolvers', () => {
    const resolvers: Resolver[] = [];
    before(async function () {
      requireParts(this, UNBOUND, DIG);
      resolvers.push(
        await unbound(['www.example.org. 300 IN A 192.0.2.1', 'localhost. 300 IN A 192.0.2.66'], folder),
        await unbound(
          [
            'www.corp.example. 300 IN A 192.0.2.2',
            'db.far.docker. IN A 192.0.2.3',
            '7.0.0.10.in-addr.arpa. IN PTR far.',
          ],
          folder,
        ),
      );
      for (const { child, ...at } of resolvers) {
        await eventually(async () =>
          assert.ok((await ask(at, 'www.example.org', 'A')).rcode, child.lines.join('\n')),
        );
      }
    });
    after(() => Promise.all(resolvers.map(({ child }) => child.end('SIGTERM'))));

    it('takes each name to those who know it, the most specific zone first', async () => {
      const [others, stub] = resolvers as [Resolver, Resolver];
      const zones = ['corp.example', 'far.docker', 'x.deep.docker', '10.in-addr.arpa', 'docker'];
      const stubs = zones.map((zone) => parseStub(`${zone}=127.0.0.1:${stub.port}`));
      await using server = await running({ upstreams: [others], stubs });
      await put(server.store, 'docker/web', '{"host":"10.0.0.1"}');
      const [at] = server.nameserver.dnsAddresses as [SocketAddress];
      await eventually(async () => assert.equal((await ask(at, 'web.docker', 'A')).answer.length, 1));
      for (const [name, type, rcode, data] of [
        ['www.example.org', 'A', 'NOERROR', '192.0.2.1'],
        ['www.corp.example', 'A', 'NOERROR', '192.0.2.2'],
        ['db.far.docker', 'A', 'NOERROR', '192.0.2.3'],
        ['x.docker', 'A', 'NXDOMAIN', ''],
        ['deep.docker', 'A', 'NOERROR', ''],
        ['1.0.0.10.in-addr.arpa', 'PTR', 'NOERROR', 'web.docker.'],
        ['7.0.0.10.in-addr.arpa', 'PTR', 'NOERROR', 'far.'],
        ['localhost', 'A', 'NOERROR', '127.0.0.1'],
      ] as const) {
        const answer = await ask(at, name, type);
        assert.equal(answer.rcode, rcode, name);
        assert.ok((answer.answer[0] ?? '').endsWith(data), `${name}: ${answer.answer[0]}`);
      }
    });

    it('goes on when one of two upstreams ends', async () => {
      const extra = await unbound(['www.example.org. 1 IN A 192.0.2.1'], folder);
      const [others] = resolvers as [Resolver];
      await using server = await running({ upstreams: [extra, others], forwardCache: 0 });
      const [at] = server.nameserver.dnsAddresses as [SocketAddress];
      for (const ended of [false, true]) {
        if (ended) await extra.child.end('SIGKILL');
        assert.equal((await ask(at, 'www.example.org', 'A')).answer.length, 1);
      }
    });
  });

  describe('round in a circle', () => {
    it('is found out, told in the log, and ended at once', async () => {
      const port = await freePort();
      const callsign = await Callsign.serving([
        'nameserver',
        ...[
          '--dns',
          `0.0.0.0:${port}`,
          '--http',
          '127.0.0.1:0',
          '--store',
          `embedded:${join(folder, 'loop')}`,
        ],
        ...['--nameserver', `127.0.0.2:${port}`],
      ]);
      try {
        const line = await eventually(() => {
          const found = callsign.log.find(({ message }) =>
            message.includes('sends our questions back to us'),
          );
          assert.ok(found, callsign.said);
          return found;
        });
        assert.deepEqual([line.level, line.upstream], ['warn', `127.0.0.2:${port}`]);
        const answer = await ask({ host: '127.0.0.1', port }, 'www.example.org', 'A');
        assert.equal(answer.rcode, 'SERVFAIL');
      } finally {
        await callsign.end('SIGTERM');
      }
    });
  });

  describe('for whom', () => {
    const { allowRecursion } = nameserverOptions({ store: '', dns: '', http: '' });
    const rights = new RecursionRights(allowRecursion.parse([]));
    for (const [peer, may] of [
      ['127.0.0.1', true],
      ['::1', true],
      ['10.1.2.3', true],
      ['172.16.0.1', true],
      ['172.32.0.1', false],
      ['192.168.1.1', true],
      ['::ffff:192.168.1.1', true],
      ['::ffff:192.0.2.1', false],
      ['169.254.1.1', true],
      ['fe80::1%eth0', true],
      ['fd00::1', true],
      ['100.64.0.1', false],
      ['8.8.8.8', false],
      ['2001:db8::1', false],
    ] as const) {
      it(`${may ? 'asks' : 'does not ask'} for ${peer} unless told otherwise`, () => {
        assert.equal(rights.may(peer), may);
        assert.equal(rights.may(peer), may, 'remembered');
      });
    }

    it('refuses strangers what is not ours, and says why', async () => {
      await using server = await running({
        upstreams: [{ host: '127.0.0.1', port: await freePort() }],
        allowRecursion: [parseNetwork('192.0.2.0/24')],
      });
      await put(server.store, 'docker/web', '{"host":"10.0.0.1"}');
      await put(server.store, 'docker/away', '{"host":"www.example.org"}');
      const [at] = server.nameserver.dnsAddresses as [SocketAddress];
      await eventually(async () => assert.equal((await ask(at, 'away.docker', 'CNAME')).answer.length, 1));
      const refused = await ask(at, 'www.example.org', 'A');
      assert.deepEqual([refused.rcode, refused.flags.includes('ra')], ['REFUSED', false]);
      assert.equal((await ask(at, 'web.docker', 'A')).answer.length, 1);
      assert.deepEqual((await ask(at, 'away.docker', 'A')).answer, [
        'away.docker. 30 IN CNAME www.example.org.',
      ]);
      const { text } = await server.request('GET', '/metrics');
      assert.match(text, /^callsign_recursion_refused_total 2$/m);
    });
  });

  describe('what an upstream said', () => {
    /** Says that everything is authentic and its own, and whatever else is told to. */
    const boastful = (rest: Omit<Answer, 'message'> = {}): Recursor =>
      fetching(async (bytes) => {
        const { question } = decodeMessage(bytes);
        const flags = FLAG.QR | FLAG.AA | FLAG.AD | FLAG.RD;
        const answer = [{ name: question.name, ttl: 30, type: 'A' as const, address: '192.0.2.1' }];
        const message = { id: 0, flags, rcode: 0, question, answer, authority: [], additional: [] };
        return { message: encodeMessage(message), ...rest };
      });
    const reply = async (recursor: Recursor, edns: number | undefined, flags: number, dnssecOk = false) => {
      const { responder } = answering({ domains: ['docker.'], entries: entriesOf({}), recursor });
      const query = questionBytes('www.example.org', 'A', edns === undefined ? {} : { edns });
      query.writeUInt16BE(flags, 2);
      if (dnssecOk) query.writeUInt8(0x80, query.length - 4);
      return exchange(responder, query, 'udp');
    };

    for (const [what, flags, dnssecOk, expected] of [
      ['RD', FLAG.RD, false, FLAG.RD],
      ['no RD', 0, false, 0],
      ['AD', FLAG.RD | FLAG.AD, false, FLAG.RD | FLAG.AD],
      ['DO', FLAG.RD, true, FLAG.RD | FLAG.AD],
      ['CD', FLAG.RD | FLAG.CD, false, FLAG.RD | FLAG.CD],
    ] as const) {
      it(`is passed on to a client that sets ${what}`, async () => {
        const bytes = await reply(boastful(), 1232, flags, dnssecOk);
        assert.equal(bytes.readUInt16BE(2), FLAG.QR | FLAG.RA | expected);
      });
    }

    for (const letters of ['www.example.org', 'WWW.Example.ORG']) {
      it(`comes to whoever asks for ${letters} in these letters`, async () => {
        const cache = new ForwardCache(boastful(), { bytes: 100_000 });
        const { responder } = answering({ domains: ['docker.'], entries: entriesOf({}), recursor: cache });
        const ask = (name: string) => exchange(responder, questionBytes(name, 'A'), 'udp');
        const replies = await Promise.all([ask('wwW.examplE.orG'), ask(letters)]);
        assert.equal(decodeMessage(replies[1] as Buffer).question.name, `${letters}.`);
      });
    }

    it('comes with the reason that it is stale, for clients that bring EDNS', async () => {
      const stale = boastful({ reason: { code: 3, text: 'old' } });
      const option = Buffer.from('000f000500036f6c64', 'hex');
      assert.ok((await reply(stale, 1232, FLAG.RD)).includes(option));
      assert.equal((await reply(stale, undefined, FLAG.RD)).readUInt16BE(10), 0);
    });
  });

  it('follows resolv.conf while it runs', async () => {
    const resolvConf = join(folder, 'resolv.conf');
    await writeFile(resolvConf, 'nameserver 127.0.0.83\n');
    await using server = await running({ resolvConf });
    const upstreams = async () => {
      const { text } = await server.request('GET', '/metrics');
      return [...text.matchAll(/^callsign_forward_healthy\{to="([^"]*)"/gm)].map(([, name]) => name);
    };
    assert.deepEqual(await upstreams(), ['127.0.0.83:53']);
    await writeFile(resolvConf, 'nameserver 127.0.0.84\nnameserver ::1\n');
    await eventually(async () => assert.deepEqual(await upstreams(), ['127.0.0.84:53', '[::1]:53']));
  });

  for (const [what, upstream, dns, own] of [
    ['the address that we listen on', '10.0.0.1', '10.0.0.1', true],
    ['an address of this machine when we listen on all', '127.0.0.1', '', true],
    ['the same, spelled out', '127.0.0.1', '0.0.0.0', true],
    ['the same for IPv6', '127.0.0.1', '::', true],
    ['somebody else’s address', '192.0.2.1', '', false],
    ['another address than the one that we listen on', '10.0.0.2', '10.0.0.1', false],
  ] as const) {
    it(`${own ? 'knows' : 'does not take'} ${what} ${own ? 'as' : 'for'} ourselves`, () => {
      assert.equal(isOurselves({ host: upstream, port: 53 }, [{ host: dns, port: 53 }]), own);
      assert.equal(isOurselves({ host: upstream, port: 5353 }, [{ host: dns, port: 53 }]), false);
    });
  }

  for (const text of [
    'corp.example',
    '=10.0.0.1',
    'corp.example=',
    'corp.example=ns.example',
    'a..b=10.0.0.1',
  ]) {
    it(`takes no stub ${text}`, () => assert.throws(() => parseStub(text)));
  }
});
