import assert from 'node:assert/strict';
import { COMMANDS } from '@callsign/cli';
import { OptionsError, parseOptions } from '@callsign/daemon';
import { modernised } from '../src/command/old-spellings.ts';
import { ran } from './ran.ts';

/** Command lines of the manuals of skydock, dnsdock, SkyDNS and registrator, and what they have to mean. */
const THEIRS: readonly [command: string, argv: string, means: Record<string, unknown>, old: string][] = [
  [
    'registrar',
    '-ttl 30 -environment dev -s /docker.sock -domain docker',
    { ttl: 30, environment: 'dev', docker: { kind: 'socket', path: '/docker.sock' }, domain: ['docker.'] },
    '-ttl -environment -domain',
  ],
  ['registrar', '-s=/docker.sock', { docker: { kind: 'socket', path: '/docker.sock' } }, ''],
  ['registrar', '-beat=10 -ttl=60', { beat: 10, ttl: 60 }, '-beat -ttl'],
  [
    'registrar',
    '-tlsverify -tlscacert /ca.pem',
    { tlsverify: true, tlscacert: '/ca.pem' },
    '-tlsverify -tlscacert',
  ],
  ['registrar', '-tlsverify=false', { tlsverify: false }, '-tlsverify'],
  ['registrar', '-ttl 5 -ttl 6', { ttl: 6 }, '-ttl'],
  [
    'up',
    '-dns=:53 -http=:80',
    { dns: [{ host: '', port: 53 }], http: [{ host: '', port: 80 }] },
    '-dns -http',
  ],
  ['nameserver', '-nameserver 8.8.8.8:53', { nameserver: [{ host: '8.8.8.8', port: 53 }] }, '-nameserver'],
  ['registrar', '-skydns http://10.0.0.1:8080', { store: 'http://10.0.0.1:8080' }, '-skydns'],
  [
    'up',
    '--nameserver=8.8.8.8:53 -d 172.17.0.1:53 -t :80 --verbose',
    { dns: [{ host: '172.17.0.1', port: 53 }], http: [{ host: '', port: 80 }], logLevel: 'debug' },
    '--verbose',
  ],
  ['up', '-q', { logLevel: 'warn' }, ''],
  ['nameserver', '-no-rec', { nameserver: ['none'] }, '-no-rec'],
  [
    'nameserver',
    '-nameservers 8.8.8.8:53,9.9.9.9',
    {
      nameserver: [
        { host: '8.8.8.8', port: 53 },
        { host: '9.9.9.9', port: 53 },
      ],
    },
    '-nameservers',
  ],
  ['up', '-verbose=true', { logLevel: 'debug' }, '-verbose'],
  [
    'nameserver',
    '-addr 0.0.0.0:53 -nameservers 8.8.8.8:53',
    { dns: [{ host: '0.0.0.0', port: 53 }], nameserver: [{ host: '8.8.8.8', port: 53 }] },
    '-addr -nameservers',
  ],
  [
    'registrar',
    '-ip 192.0.2.11 -explicit -ttl-refresh=5',
    { publishAddress: '192.0.2.11', explicit: true, beat: 5 },
    '-ip -explicit -ttl-refresh',
  ],
  ['registrar', '--node -ttl', { node: 'ttl' }, ''],
  ['registrar', '--ttl 7 -s /x', { ttl: 7, docker: { kind: 'socket', path: '/x' } }, ''],
];

describe('old spellings', () => {
  for (const [command, line, means, old] of THEIRS) {
    it(`${command} ${line}`, () => {
      const table = tableOf(command);
      const modern = modernised(table, line.split(' '));
      const { values } = parseOptions(table, { argv: modern.argv, env: {}, readFile: assert.fail });
      assert.deepEqual({ ...values, ...means }, values);
      assert.equal([...modern.old.keys()].join(' '), old);
    });
  }

  it("reads SkyDNS's environment variables", () => {
    const env = {
      SKYDNS_ADDR: '0.0.0.0:53',
      SKYDNS_DOMAIN: 'skydns.local.',
      SKYDNS_NAMESERVERS: '8.8.8.8:53,9.9.9.9:53',
    };
    const { values } = parseOptions(tableOf('nameserver'), { argv: [], env, readFile: assert.fail });
    const upstreams = ['8.8.8.8', '9.9.9.9'].map((host) => ({ host, port: 53 }));
    const means = { dns: [{ host: '0.0.0.0', port: 53 }], domain: ['skydns.local.'], nameserver: upstreams };
    assert.deepEqual({ ...values, ...means }, values);
  });

  it('leaves alone what stands behind --', () => {
    const argv = ['--', '-ttl', '30'];
    assert.deepEqual(modernised(tableOf('registrar'), argv), { argv, old: new Map() });
  });

  it('takes the whole line behind -dns=":53", whatever is in it', () => {
    assert.deepEqual(modernised(tableOf('up'), ['-dns=a=b\n-c']).argv, ['--dns=a=b\n-c']);
  });

  for (const [flag, said] of [
    ['-name', /not looked for among the containers/],
    ['-secret', /--token-file/],
    ['-workers=4', /leave it out/],
    ['-createAlias', /docs\/plugins\.md/],
    ['--alias', /docs\/plugins\.md/],
    ['-internal', /leave it out.*--publish-address/],
    ['skydns2://127.0.0.1:2379/skydns.local', /--store etcd:\/\/127\.0\.0\.1:2379\/skydns/],
    ['-machines', /--store etcd:/],
    ['-rcache-ttl=60', /--forward-cache/],
    ['-username', /etcd:\/\/USER:PASSWORD@/],
    ['-conf', /coredns-and-external-dns\.md/],
  ] as const) {
    it(`says what to do instead of ${flag}`, () => {
      const refusal = (error: unknown) => error instanceof OptionsError && said.test(error.message);
      assert.throws(() => modernised(tableOf('registrar'), [flag]), refusal);
    });
  }

  it('says once which are old, and how they are written now', async () => {
    const { code, logged } = await ran(['registrar', '-ttl', '30', '-environment=dev', '--help']);
    assert.equal(code, 0);
    assert.equal(logged, 'callsign registrar: deprecated: -ttl, -environment; write --ttl, --environment');
  });

  it('refuses what neither they nor we have', async () => {
    const { code, logged } = await ran(['registrar', '-colour', '-x']);
    assert.equal(code, 78);
    const see = 'See "callsign registrar --help"';
    assert.equal(
      logged,
      `callsign registrar: --colour: unknown option\ncallsign registrar: -x: unknown option\n${see}`,
    );
  });

  it('takes nothing for theirs where a tool has no such option', async () => {
    const { logged } = await ran(['nodes', '--all']);
    assert.match(logged, /^callsign nodes: --all: unknown option/);
  });
});

function tableOf(command: string) {
  const found = COMMANDS.find(({ name }) => name === command);
  assert.ok(found);
  return found.options('node1');
}
