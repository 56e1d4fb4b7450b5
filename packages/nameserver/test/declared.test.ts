import assert from 'node:assert/strict';
import { TYPE } from '@callsign/dns';
import { lookup, underscoredNames } from '@callsign/nameserver';
import { answering, entriesOf, type Seen } from './support/answering.ts';

const WILD = { port: 443, targetstrip: 1, mail: true, callsign: { scheme: 'https', protocol: 'tcp' } };
const ENTRIES = entriesOf({
  'docker/web/a': {
    host: '10.0.0.1',
    port: 443,
    callsign: { scheme: 'https', protocol: 'tcp', alpn: ['h2', 'http/1.1'] },
  },
  'docker/web/b': { host: 'fd00::1', port: 8443, priority: 20, callsign: { scheme: 'https' } },
  'docker/web/c': { host: '10.0.0.9', port: 9 },
  'docker/dns1/x': { host: '10.0.0.53', port: 53, callsign: { portname: 'Domain', protocol: 'udp' } },
  'docker/dns1/y': { host: '10.0.0.53', port: 53, callsign: { portname: 'domain', protocol: 'tcp' } },
  'docker/mail/one': { host: '10.0.0.25', port: 993, targetstrip: 1, callsign: { scheme: 'imaps' } },
  'docker/mail/two': { host: '10.0.0.26', port: 993, targetstrip: 1, callsign: { scheme: 'imaps' } },
  'docker/plain/x': { host: '10.0.0.80', port: 80, callsign: { scheme: 'http' } },
  'docker/h2/x': { host: '10.0.0.81', port: 0, callsign: { alpn: ['h2'] } },
  'docker/far': { host: 'lb.example.org', port: 443, callsign: { scheme: 'https' } },
  'docker/near': { host: 'web.docker', port: 8443, callsign: { scheme: 'https' } },
  'docker/alias': { host: 'h2.docker' },
  'docker/gone': { host: 'www.example.org' },
  'docker/held/x': { host: '10.0.0.7', port: 1, callsign: { portname: 'http' } },
  'docker/held/_tcp/_http': { host: '10.0.0.8', port: 2 },
  'docker/held/_tcp/_other': { host: '10.0.0.8', port: 3 },
  'docker/star/*': { host: '10.0.0.6', port: 6, callsign: { portname: 'http' } },
  'docker/star/x': { host: '10.0.0.5', port: 5, callsign: { portname: 'http' } },
  'docker/wild/*/id/v4': { host: '10.0.0.16', ...WILD },
  'docker/wild/*/id/v6': { host: 'fd00::16', ...WILD },
  'docker/bad/x': {
    host: '10.0.0.4',
    port: 4,
    callsign: { portname: 'a.b', scheme: 7, alpn: 'h2', protocol: [] },
  },
  'docker/off/x': { host: '10.0.0.3', port: -1, callsign: { portname: 'http', scheme: 'https' } },
  'docker/note/x': { text: 'no host', callsign: { scheme: 'https' } },
});

const SOA = 'docker. 30 IN SOA ns.dns.docker. hostmaster.docker. 1 7200 1800 86400 30';
const A_WEB = 'a.web.docker. 300 IN A 10.0.0.1';
const B_WEB = 'b.web.docker. 300 IN AAAA fd00::1';
const B_HINT = 'ipv6hint=fd000000000000000000000000000001';

const TABLE: readonly (readonly [question: string, expected: 'NODATA' | 'NXDOMAIN' | Partial<Seen>])[] = [
  // RFC 2782
  [
    '_https._tcp.web.docker SRV',
    {
      answer: [
        '_https._tcp.web.docker. 300 IN SRV 10 100 443 a.web.docker.',
        '_https._tcp.web.docker. 300 IN SRV 20 100 8443 b.web.docker.',
      ],
      extra: [A_WEB, B_WEB],
    },
  ],
  ['_https._tcp.web.docker A', 'NODATA'],
  ['_https._tcp.web.docker ANY', { answer: ['_https._tcp.web.docker. 300 IN HINFO "RFC8482" ""'] }],
  ['_tcp.web.docker SRV', 'NODATA'],
  ['_tcp.web.docker A', 'NODATA'],
  ['_http._tcp.web.docker SRV', 'NXDOMAIN'],
  ['_https._udp.web.docker SRV', 'NXDOMAIN'],
  ['_udp.web.docker SRV', 'NXDOMAIN'],
  ['_x._https._tcp.web.docker SRV', 'NXDOMAIN'],
  ['_https._tcp.nothing.docker SRV', 'NXDOMAIN'],
  [
    '_domain._udp.dns1.docker SRV',
    {
      answer: ['_domain._udp.dns1.docker. 300 IN SRV 10 100 53 x.dns1.docker.'],
      extra: ['x.dns1.docker. 300 IN A 10.0.0.53'],
    },
  ],
  [
    '_domain._tcp.dns1.docker SRV',
    {
      answer: ['_domain._tcp.dns1.docker. 300 IN SRV 10 100 53 y.dns1.docker.'],
      extra: ['y.dns1.docker. 300 IN A 10.0.0.53'],
    },
  ],
  [
    '_domain._udp.*.docker SRV',
    {
      answer: ['_domain._udp.*.docker. 300 IN SRV 10 100 53 x.dns1.docker.'],
      extra: ['x.dns1.docker. 300 IN A 10.0.0.53'],
    },
  ],
  [
    '_domain._udp.docker SRV',
    {
      answer: ['_domain._udp.docker. 300 IN SRV 10 100 53 x.dns1.docker.'],
      extra: ['x.dns1.docker. 300 IN A 10.0.0.53'],
    },
  ],
  // What is stored wins, and its neighbours go on being made.
  [
    '_http._tcp.held.docker SRV',
    {
      answer: ['_http._tcp.held.docker. 300 IN SRV 10 100 2 _http._tcp.held.docker.'],
      extra: ['_http._tcp.held.docker. 300 IN A 10.0.0.8'],
    },
  ],
  ['_zzz._tcp.held.docker SRV', 'NXDOMAIN'],
  // RFC 4592: a name that is made is no place for a wildcard.
  [
    '_http._tcp.x.star.docker SRV',
    {
      answer: ['_http._tcp.x.star.docker. 300 IN SRV 10 100 5 x.star.docker.'],
      extra: ['x.star.docker. 300 IN A 10.0.0.5'],
    },
  ],
  ['_ftp._tcp.star.docker SRV', 'NXDOMAIN'],
  ['x._tcp.star.docker A', 'NXDOMAIN'],
  ['x.y._http._tcp.star.docker SRV', 'NXDOMAIN'],
  ['_x.y._tcp.star.docker SRV', 'NXDOMAIN'],
  ['x._udp.star.docker A', { answer: ['x._udp.star.docker. 300 IN A 10.0.0.6'], extra: [] }],
  [
    '_ftp._udp.star.docker SRV',
    {
      answer: ['_ftp._udp.star.docker. 300 IN SRV 10 100 6 any-name.star.docker.'],
      extra: ['any-name.star.docker. 300 IN A 10.0.0.6'],
    },
  ],
  // A wildcard is pointed at by a name that a client can ask for.
  ['any-name.star.docker A', { answer: ['any-name.star.docker. 300 IN A 10.0.0.6'], extra: [] }],
  [
    'www.wild.docker SRV',
    {
      answer: ['www.wild.docker. 300 IN SRV 10 100 443 id.any-name.wild.docker.'],
      extra: ['id.any-name.wild.docker. 300 IN A 10.0.0.16', 'id.any-name.wild.docker. 300 IN AAAA fd00::16'],
    },
  ],
  [
    'wild.docker MX',
    {
      answer: ['wild.docker. 300 IN MX 10 id.any-name.wild.docker.'],
      extra: ['id.any-name.wild.docker. 300 IN A 10.0.0.16', 'id.any-name.wild.docker. 300 IN AAAA fd00::16'],
    },
  ],
  [
    'www.wild.docker HTTPS',
    {
      answer: [
        `www.wild.docker. 300 IN HTTPS 1 id.any-name.wild.docker. ipv4hint=10.0.0.16 ipv6hint=fd000000000000000000000000000016`,
      ],
      extra: ['id.any-name.wild.docker. 300 IN A 10.0.0.16', 'id.any-name.wild.docker. 300 IN AAAA fd00::16'],
    },
  ],
  [
    '_https._tcp.wild.docker SRV',
    {
      answer: ['_https._tcp.wild.docker. 300 IN SRV 10 100 443 id.any-name.wild.docker.'],
      extra: ['id.any-name.wild.docker. 300 IN A 10.0.0.16', 'id.any-name.wild.docker. 300 IN AAAA fd00::16'],
    },
  ],
  [
    '6.0.0.10.in-addr.arpa PTR',
    { answer: ['6.0.0.10.in-addr.arpa. 300 IN PTR any-name.star.docker.'], extra: [] },
  ],
  // RFC 9460, HTTPS
  [
    'web.docker HTTPS',
    {
      answer: [
        'web.docker. 300 IN HTTPS 1 a.web.docker. alpn=h2,http/1.1 ipv4hint=10.0.0.1',
        `web.docker. 300 IN HTTPS 2 b.web.docker. port=8443 ${B_HINT}`,
      ],
      extra: [A_WEB, B_WEB],
    },
  ],
  [
    '_8443._https.web.docker HTTPS',
    { answer: [`_8443._https.web.docker. 300 IN HTTPS 1 b.web.docker. ${B_HINT}`], extra: [B_WEB] },
  ],
  ['_8443._https.web.docker SVCB', 'NODATA'],
  ['_https.web.docker HTTPS', 'NODATA'],
  ['_443._https.web.docker HTTPS', 'NXDOMAIN'],
  [
    'h2.docker HTTPS',
    {
      answer: ['h2.docker. 300 IN HTTPS 1 x.h2.docker. alpn=h2 ipv4hint=10.0.0.81'],
      extra: ['x.h2.docker. 300 IN A 10.0.0.81'],
    },
  ],
  [
    'alias.docker HTTPS',
    {
      answer: [
        'alias.docker. 300 IN CNAME h2.docker.',
        'h2.docker. 300 IN HTTPS 1 x.h2.docker. alpn=h2 ipv4hint=10.0.0.81',
      ],
    },
  ],
  ['gone.docker HTTPS', { answer: ['gone.docker. 300 IN CNAME www.example.org.'] }],
  ['far.docker HTTPS', { answer: ['far.docker. 300 IN HTTPS 1 lb.example.org.'] }],
  [
    'near.docker HTTPS',
    {
      answer: [
        'near.docker. 300 IN HTTPS 1 web.docker. port=8443 ipv4hint=10.0.0.1,10.0.0.9 ipv6hint=fd000000000000000000000000000001',
      ],
      extra: [
        'web.docker. 300 IN A 10.0.0.1',
        'web.docker. 300 IN A 10.0.0.9',
        'web.docker. 300 IN AAAA fd00::1',
      ],
    },
  ],
  ['dns1.docker HTTPS', 'NODATA'],
  ['plain.docker HTTPS', 'NODATA'],
  ['_http.plain.docker SVCB', 'NXDOMAIN'],
  // RFC 9460, SVCB
  [
    '_imaps.mail.docker SVCB',
    {
      answer: ['_imaps.mail.docker. 300 IN SVCB 1 mail.docker. port=993 ipv4hint=10.0.0.25,10.0.0.26'],
      extra: ['mail.docker. 300 IN A 10.0.0.25', 'mail.docker. 300 IN A 10.0.0.26'],
    },
  ],
  [
    '_993._imaps.mail.docker SVCB',
    {
      answer: ['_993._imaps.mail.docker. 300 IN SVCB 1 mail.docker. ipv4hint=10.0.0.25,10.0.0.26'],
      extra: ['mail.docker. 300 IN A 10.0.0.25', 'mail.docker. 300 IN A 10.0.0.26'],
    },
  ],
  ['mail.docker HTTPS', 'NODATA'],
  // What does not have the form declares nothing.
  ['_tcp.bad.docker SRV', 'NXDOMAIN'],
  ['bad.docker HTTPS', 'NODATA'],
  ['_tcp.off.docker SRV', 'NXDOMAIN'],
  ['off.docker HTTPS', 'NODATA'],
  ['note.docker HTTPS', 'NODATA'],
];

describe('what services declare', () => {
  const server = answering({ domains: ['docker.'], entries: ENTRIES });

  for (const [question, expected] of TABLE) {
    it(question, async () => {
      const [name = '', type = ''] = question.split(' ');
      const { rcode, aa, answer, ns, extra } = await server.ask(name, type);
      const negative = { rcode: expected === 'NXDOMAIN' ? 'NXDOMAIN' : 'NOERROR', ns: [SOA] };
      const told = typeof expected === 'string' ? negative : expected;
      const sorted = { rcode, aa, answer: answer.toSorted(), ns, extra: extra.toSorted() };
      assert.deepEqual(sorted, { rcode: 'NOERROR', aa: true, answer: [], ns: [], extra: [], ...told });
    });
  }

  it('lists the names that are made below a name, and every one of them is answered', () => {
    const labels = ['web', 'docker'];
    const names = underscoredNames('web.docker.', server.zone.closest(labels).node);
    assert.deepEqual(names.toSorted(), [
      '_8443._https.web.docker.',
      '_https._tcp.web.docker.',
      '_https.web.docker.',
      '_tcp.web.docker.',
    ]);
    for (const name of names) {
      const outcome = lookup(server.zone, name.slice(0, -1).split('.'), TYPE.SRV);
      assert.notEqual(outcome.kind, 'nxdomain', name);
    }
  });

  it('changes with the service', async () => {
    const zone = answering({ domains: ['docker.'], entries: [] });
    const put = (revision: number, message: object) =>
      zone.apply({
        revision,
        changes: [{ kind: 'put', entry: { key: 'docker/a/x', value: JSON.stringify(message), revision } }],
      });
    const rcode = async () => (await zone.ask('_http._tcp.a.docker', 'SRV')).rcode;
    assert.equal(await rcode(), 'NXDOMAIN');
    put(2, { host: '10.0.0.1', callsign: { portname: 'http' } });
    assert.equal(await rcode(), 'NOERROR');
    put(3, { host: '10.0.0.1', callsign: { portname: 'ftp' } });
    assert.equal(await rcode(), 'NXDOMAIN');
  });

  it('gives few hints of many addresses', async () => {
    const many = Array.from({ length: 40 }, (_, at) => [
      `docker/big/i${at}`,
      { host: `10.1.0.${at}`, targetstrip: 1, callsign: { scheme: 'https' } },
    ]);
    const big = answering({ domains: ['docker.'], entries: entriesOf(Object.fromEntries(many)) });
    const { answer, extra } = await big.ask('big.docker', 'HTTPS', { transport: 'tcp' });
    assert.equal(answer.length, 1);
    assert.equal(answer[0]?.split('ipv4hint=')[1]?.split(',').length, 16);
    assert.equal(extra.length, 40);
  });

  it('tells few of many protocols', async () => {
    const alpn = Array.from({ length: 300 }, (_, at) => `${at}`.padStart(255, 'p'));
    const entries = entriesOf({ 'docker/web': { host: '10.0.0.1', port: 443, callsign: { alpn } } });
    const web = answering({ domains: ['docker.'], entries });
    const { rcode, answer } = await web.ask('web.docker', 'HTTPS', { transport: 'tcp' });
    assert.equal(rcode, 'NOERROR');
    assert.equal(answer[0]?.split(',').length, 16);
  });
});
