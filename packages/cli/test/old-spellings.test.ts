import assert from 'node:assert/strict';
import { COMMANDS } from '@callsign/cli';
import { OptionsError, parseOptions } from '@callsign/daemon';
import { modernised } from '../src/command/old-spellings.ts';
import { ran } from './ran.ts';

/** Command lines of skydock's and dnsdock's own manuals, and what they have to mean. */
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
      assert.equal(modern.old.join(' '), old);
    });
  }

  it('leaves alone what stands behind --', () => {
    const argv = ['--', '-ttl', '30'];
    assert.deepEqual(modernised(tableOf('registrar'), argv), { argv, old: [] });
  });

  it('takes the whole line behind -dns=":53", whatever is in it', () => {
    assert.deepEqual(modernised(tableOf('up'), ['-dns=a=b\n-c']).argv, ['--dns=a=b\n-c']);
  });

  for (const [flag, said] of [
    ['-skydns', /by --store http:\/\/HOST:8080/],
    ['-name', /not looked for among the containers/],
    ['-secret', /--token-file/],
    ['-workers=4', /leave it out/],
    ['-verbose', /--log-level debug/],
    ['-createAlias', /docs\/plugins\.md/],
  ] as const) {
    it(`says what to do instead of ${flag}`, () => {
      const refusal = (error: unknown) => error instanceof OptionsError && said.test(error.message);
      assert.throws(() => modernised(tableOf('registrar'), [flag]), refusal);
    });
  }

  it('says once which are old, and how they are written now', async () => {
    const { code, logged } = await ran(['registrar', '-ttl', '30', '-environment=dev', '--help']);
    assert.equal(code, 0);
    assert.equal(
      logged,
      'callsign registrar: deprecated: -ttl, -environment with one dash; write --ttl, --environment',
    );
  });

  it('refuses what neither they nor we have', async () => {
    const { code, logged } = await ran(['registrar', '-colour', 'red']);
    assert.equal(code, 78);
    assert.match(logged, /unknown option/);
  });
});

function tableOf(command: string) {
  const found = COMMANDS.find(({ name }) => name === command);
  assert.ok(found);
  return found.options('node1');
}
