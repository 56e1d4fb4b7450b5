import assert from 'node:assert/strict';
import { ask } from '../support/dig.ts';
import { Etcd } from '../support/etcd.ts';
import { DIG, ETCD, ETCDCTL, requireParts } from '../support/parts.ts';
import { Callsign } from '../support/process.ts';
import { eventually } from '../support/wait.ts';

const OWNED = 'heritage=external-dns,external-dns/owner=default,external-dns/resource=service/default/web';

/**
 * What external-dns's provider for CoreDNS writes (provider/coredns/coredns.go): a key of eight random hex digits
 * below the name, `targetstrip` 1 for it, the registry's text in the first of a name's values or under a name of
 * its own, and fields that are its own.
 */
const KEYS: Readonly<Record<string, object>> = {
  'web/1a2b3c4d': { host: '10.0.0.1', text: OWNED, targetstrip: 1, ttl: 60 },
  'web/5e6f7a8b': { host: '10.0.0.2', targetstrip: 1, ttl: 60, setIdentifier: 'cluster-a' },
  'a-web/0000beef': { text: OWNED, targetstrip: 1 },
  'www/0badcafe': { host: 'lb.example.net', text: OWNED, targetstrip: 1 },
  'inner/12345678': { host: 'web.example.org', text: OWNED, targetstrip: 1, ttl: 90 },
  'six/00000006': { host: '2001:db8::6', targetstrip: 1 },
  'apps/*/9abcdef0': { host: '10.0.0.9', targetstrip: 1 },
  'split/000000aa': { host: '10.0.1.1', targetstrip: 1, group: 'blue' },
  'split/000000bb': { host: '10.0.1.2', targetstrip: 1 },
};

const SOA = /^example\.org\. 5 IN SOA ns\.dns\.example\.org\. /;

/** Answers; none stands for NOERROR or NXDOMAIN with the SOA. */
const TABLE: ReadonlyArray<readonly [question: string, rcode: string, answer: readonly string[]]> = [
  ['web A', 'NOERROR', ['web.example.org. 60 IN A 10.0.0.1', 'web.example.org. 60 IN A 10.0.0.2']],
  ['web AAAA', 'NOERROR', []],
  ['web TXT', 'NOERROR', [`web.example.org. 60 IN TXT "${OWNED}"`]],
  ['web SRV', 'NOERROR', ['web.example.org. 60 IN SRV 10 100 0 web.example.org.']],
  ['web CNAME', 'NOERROR', []],
  ['1a2b3c4d.web A', 'NOERROR', ['1a2b3c4d.web.example.org. 60 IN A 10.0.0.1']],
  ['a-web TXT', 'NOERROR', [`a-web.example.org. 30 IN TXT "${OWNED}"`]],
  ['a-web A', 'NOERROR', []],
  ['a-web SRV', 'NOERROR', []],
  ['www A', 'NOERROR', ['www.example.org. 30 IN CNAME lb.example.net.']],
  ['www AAAA', 'NOERROR', ['www.example.org. 30 IN CNAME lb.example.net.']],
  ['www CNAME', 'NOERROR', ['www.example.org. 30 IN CNAME lb.example.net.']],
  ['www TXT', 'NOERROR', [`www.example.org. 30 IN TXT "${OWNED}"`]],
  ['www SRV', 'NOERROR', ['www.example.org. 30 IN SRV 10 100 0 example.net.']],
  [
    'inner A',
    'NOERROR',
    [
      'inner.example.org. 90 IN CNAME web.example.org.',
      'web.example.org. 60 IN A 10.0.0.1',
      'web.example.org. 60 IN A 10.0.0.2',
    ],
  ],
  ['six AAAA', 'NOERROR', ['six.example.org. 30 IN AAAA 2001:db8::6']],
  ['some.thing.apps A', 'NOERROR', ['some.thing.apps.example.org. 30 IN A 10.0.0.9']],
  ['apps AAAA', 'NOERROR', []],
  ['split A', 'NOERROR', ['split.example.org. 30 IN A 10.0.1.1', 'split.example.org. 30 IN A 10.0.1.2']],
  ['nobody A', 'NXDOMAIN', []],
];

describe('e2e: what external-dns writes for CoreDNS', function () {
  this.timeout(120_000);
  let etcd: Etcd;
  let nameserver: Callsign;

  before(async function () {
    requireParts(this, DIG, ETCD, ETCDCTL);
    etcd = await Etcd.start();
    for (const [key, value] of Object.entries(KEYS))
      await etcd.control('put', `/skydns/org/example/${key}`, JSON.stringify(value));
    nameserver = await Callsign.serving([
      ...['nameserver', '--store', `etcd://127.0.0.1:${etcd.port}/skydns`, '--domain', 'example.org'],
      ...['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0', '--nameserver', 'none'],
    ]);
    await eventually(async () =>
      assert.equal((await ask(nameserver.dns, 'split.example.org', 'A')).rcode, 'NOERROR'),
    );
  });

  after(async () => {
    await nameserver?.end('SIGTERM');
    await etcd?.close();
  });

  for (const [question, rcode, answer] of TABLE) {
    it(`${question}: ${rcode}, ${answer.length}`, async () => {
      const [name, type = ''] = question.split(' ');
      const got = await ask(nameserver.dns, `${name}.example.org`, type);
      assert.deepEqual([got.rcode, got.answer.toSorted()], [rcode, answer.toSorted()]);
      assert.ok(got.flags.includes('aa'));
      const closing = answer.length > 0 ? [] : got.authority.filter((line) => SOA.test(line));
      assert.deepEqual(got.authority, closing);
      assert.equal(got.authority.length, answer.length > 0 ? 0 : 1);
    });
  }

  it('a name that external-dns takes back is gone', async () => {
    await etcd.control('del', '--prefix', '/skydns/org/example/web/1a2b3c4d');
    await eventually(async () => {
      const { answer } = await ask(nameserver.dns, 'web.example.org', 'A');
      assert.deepEqual(answer, ['web.example.org. 60 IN A 10.0.0.2']);
    });
    await etcd.control('del', '--prefix', '/skydns/org/example/web/5e6f7a8b');
    await eventually(async () =>
      assert.equal((await ask(nameserver.dns, 'web.example.org', 'A')).rcode, 'NXDOMAIN'),
    );
  });
});
