import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { Callsign, type LogLine } from '../support/process.ts';
import { eventually } from '../support/wait.ts';

const LONG = 'x'.repeat(64);
const PROTOCOLS = Array.from({ length: 60 }, (_, at) => `${at}`.padStart(250, 'p')).join();
const ALIASES = Array.from({ length: 64 }, (_, at) => `a${at}`).join();

/** As many lines as it takes, for Docker reads none that is longer than 64 KB. */
const MEGABYTE = Array.from(
  { length: 20 },
  (_, at) => `SERVICE_${at === 0 ? 'NAME' : at}=${'e'.repeat(5e4)}`,
);

/** What `docker run` is told of a container, and what becomes of it: its name, or why it has none. */
type Row = readonly [what: string, told: readonly string[], becomes: string | RegExp];

/** A label of ours. */
const our = (field: string, value: string) => ['--label', `callsign.${field}=${value}`];
const env = (line: string) => ['--env', line];

/** The first ones have the name of their row's place: `c0`, `c1`, … */
const ROWS: readonly Row[] = [
  ['a name longer than a label', ['--name', LONG], /longer than 63 bytes/],
  ['a name with every character that Docker takes', ['--name', 'My_App.v1-0'], 'my-app-v1-0.web.dev.docker'],
  ['a name of underscores', ['--name', `a${'_'.repeat(9)}`], 'a.web.dev.docker'],
  ['a name of 100,000 characters', ['--name', 'n'.repeat(100_000)], /Instance is longer than 1024/],
  ['a service longer than a label', our('service', LONG), /longer than 63 bytes/],
  ['a service of 100,000 bytes', our('service', 'y'.repeat(100_000)), /Service is longer than 1024/],
  ['an empty service', our('service', ''), /empty Service/],
  ['control characters', our('instance', 'a\u001b[2J\r\nb\u007f'), 'a--2j--b.web.dev.docker'],
  ['Unicode', our('instance', 'Bücherwurm'), 'b-cherwurm.web.dev.docker'],
  ['Unicode alone', our('instance', '書籍'), /leaves nothing/],
  ['a text with control characters', our('text', 'a\u0007'), /Text has control characters/],
  ['a group with control characters', our('group', 'a\nb'), /Group has control characters/],
  ['a text of 1,025 characters', our('text', 't'.repeat(1_025)), /Text is longer than 1024/],
  ['a label called __proto__', ['--label', '__proto__=x', ...our('__proto__', 'y')], 'c13.web.dev.docker'],
  [
    'a label called constructor',
    ['--label', 'constructor=x', ...our('constructor', 'y')],
    'c14.web.dev.docker',
  ],
  [
    'variables called __proto__ and constructor',
    [...env('__proto__=x'), ...env('constructor=y'), ...env('SERVICE___proto__=z')],
    'c15.web.dev.docker',
  ],
  ['an empty variable', env('SERVICE_NAME='), 'c16.web.dev.docker'],
  ['1 MB of variables', ['--env-file', 'MEGABYTE'], /Service is longer than 1024/],
  ['10,000 ports', ['--expose', '1-10000'], 'c18.web.dev.docker'],
  [
    '10,000 ports, a service for each',
    ['--expose', '1-10000', ...our('port', 'all')],
    /more than 64 services/,
  ],
  ['a port number out of range', our('port', '65536'), /port must be a whole number/],
  ['a port that is none', our('port', '0x50'), /no number/],
  ['a TTL below zero', ['--label', 'com.dnsdock.ttl=-1'], /ttl must be a whole number/],
  ['an address that is none', our('host', '10.0.0.1;reboot'), /neither an address nor a name/],
  [
    'a name that the zone keeps',
    ['--label', 'callsign.environment=', ...our('service', 'dns'), ...our('instance', 'ns')],
    /for records of the zone itself/,
  ],
  ['a wildcard', our('service', '*'), /leaves nothing/],
  ['a path', our('service', '../../../etc'), 'c26.etc.dev.docker'],
  ['65 aliases', our('aliases', `${ALIASES},a64`), /Aliases has more than 64 parts/],
  [
    'a port name longer than a label with its underscore',
    our('port-name', 'p'.repeat(63)),
    /PortName is longer than 62/,
  ],
  [
    'a scheme longer than a label with its underscore',
    our('scheme', 's'.repeat(63)),
    /Scheme is longer than 62/,
  ],
  [
    'what would fill the store',
    [...our('port', '1,2,3,4,5,6,7,8'), ...our('alpn', PROTOCOLS), ...our('aliases', ALIASES)],
    /need more than 1000000 characters/,
  ],
];

describe('e2e: containers that nobody trusts', function () {
  this.timeout(120_000);
  let engine: Engine;
  let etcd: Etcd;
  let nameserver: Callsign;
  let registrar: Callsign;
  let ids: readonly string[];

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    [engine, etcd] = await Promise.all([Engine.start(), Etcd.start()]);
    await engine.importImage('web', 'EXPOSE 80');
    await writeFile(engine.path('megabyte'), MEGABYTE.join('\n'));
    const store = ['--store', `etcd://127.0.0.1:${etcd.port}/skydns`, '--http', '127.0.0.1:0'];
    const docker = ['--docker', `unix://${engine.socket}`, '--node', 'here'];
    [nameserver, registrar] = await Promise.all([
      Callsign.serving(['nameserver', ...store, '--dns', '127.0.0.1:0', '--nameserver', 'none']),
      Callsign.serving(['registrar', ...store, ...docker]),
    ]);
    ids = await runAll(engine);
    await engine.run('bystander', 'web');
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${registrar?.said.slice(-20_000)}\n`);
  });

  after(async () => {
    await Promise.all([registrar?.end('SIGTERM'), nameserver?.end('SIGTERM')]);
    await Promise.all([engine?.stop(), etcd?.close()]);
  });

  it('has a name for a container that came after all of them', async () => {
    const address = await engine.addressOf('bystander');
    await eventually(
      async () => assert.deepEqual(await asked('bystander.web.dev.docker'), [address]),
      30_000,
    );
  });

  for (const [at, [what, , becomes]] of ROWS.entries()) {
    it(`has a rule for ${what}`, async () => {
      const id = ids[at] ?? '';
      const [line, ...more] = await eventually(() => linesOf(id));
      assert.deepEqual(more, [], 'one line');
      if (becomes instanceof RegExp) return assert.match(`${line?.level} ${line?.reason}`, becomes);
      assert.equal(line?.message, 'a container has names');
      assert.deepEqual(await asked(becomes), [await engine.addressOf(id)]);
    });
  }

  it('has nothing in the store of those that it refuses', async () => {
    const keys = await etcd.control('get', '--prefix', '/skydns', '--keys-only');
    const refused = ids.filter((_, at) => ROWS[at]?.[2] instanceof RegExp);
    assert.deepEqual(
      refused.filter((id) => keys.includes(id)),
      [],
    );
  });

  it('has no line in the log that is longer than a line should be', () => {
    const longest = Math.max(...registrar.log.map((line) => JSON.stringify(line).length));
    assert.ok(longest < 1_500, `${longest} characters`);
  });

  function asked(name: string): Promise<string[]> {
    return addresses(nameserver.dns, name);
  }

  /** What the registrar's log says of a container. */
  function linesOf(id: string): readonly LogLine[] {
    const lines = registrar.log.filter(({ container }) => container === id);
    assert.ok(lines.length > 0, `no line about ${id}`);
    return lines;
  }
});

/** Starts them a few at a time, and gives back the beginnings of their ids. */
async function runAll(engine: Engine): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const [at, [, told]] of ROWS.entries()) {
    const words = told.map((word) => (word === 'MEGABYTE' ? engine.path('megabyte') : word));
    const named = words.includes('--name') ? words : ['--name', `c${at}`, ...words];
    ids.push((await engine.docker('run', '--detach', ...named, 'web')).slice(0, 12));
  }
  return ids;
}
