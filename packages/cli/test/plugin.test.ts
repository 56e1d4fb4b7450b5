import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT_CONFIG } from '@callsign/daemon';
import { ran } from './ran.ts';

const REDIS = {
  Id: '3f2a9c0b17de'.padEnd(64, '0'),
  Name: '/redis1',
  Config: { Image: 'redis:7.2', Labels: {} },
  State: { Running: true },
  NetworkSettings: { Ports: { '6379/tcp': null }, Networks: { bridge: { IPAddress: '172.17.0.4' } } },
};
const IGNORED = { ...REDIS, Id: 'a'.repeat(64), Name: '/quiet', Config: { Labels: { SERVICE_IGNORE: '1' } } };
const STOPPED = { ...REDIS, Id: 'b'.repeat(64), Name: '/gone', State: { Running: false } };
const FILES = {
  'inspect.json': JSON.stringify([REDIS, IGNORED, STOPPED]),
  'one.json': JSON.stringify(REDIS),
};
const FULL_NAME = '3f2a9c0b17de.node1.default.redis1.redis.dev.docker.';

describe('callsign plugin', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'callsign-plugin-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function plugin(name: string, code: string): string {
    const path = join(folder, name);
    writeFileSync(path, code);
    return path;
  }

  it('lists what ships', async () => {
    const { code, printed } = await ran(['plugin', 'list']);
    assert.equal(code, 0);
    assert.match(printed, /^default +Skydock's rules/m);
  });

  it('lists it in JSON for programs', async () => {
    const { printed } = await ran(['plugin', 'list', '--json']);
    const names = JSON.parse(printed).map(({ name }: { readonly name: string }) => name);
    assert.ok(names.includes('default'), printed);
  });

  it('shows people what would be published, and why what is not', async () => {
    const { code, printed } = await ran(['plugin', 'test', '--container', 'inspect.json'], FILES);
    assert.equal(code, 0);
    assert.deepEqual(printed.split('\n'), [
      'redis1 (3f2a9c0b17de): published by default.js',
      `  ${FULL_NAME}  172.17.0.4  6379/tcp  ttl=30`,
      'quiet (aaaaaaaaaaaa): skipped',
      '  a label or variable of its own says so',
      'gone (bbbbbbbbbbbb): skipped',
      '  it does not run, is paused or is about to be restarted',
      '1 published, 2 skipped, 0 failed',
    ]);
  });

  for (const [what, document, why] of [
    ['is in no network', { NetworkSettings: {} }, 'it has no address of its own'],
    [
      'is not in the network of its label',
      { Config: { ...REDIS.Config, Labels: { 'callsign.network': 'back' } } },
      'it has no address in the network "back" that its label callsign.network names',
    ],
    [
      'is on the network of its machine',
      { HostConfig: { NetworkMode: 'host' }, NetworkSettings: {} },
      'it is on the network of its machine, whose address --host-address gives',
    ],
  ] as const) {
    it(`says of a container why it has no address, which ${what}`, async () => {
      const files = { 'one.json': JSON.stringify({ ...REDIS, ...document }) };
      const { printed } = await ran(['plugin', 'test', '--container', 'one.json'], files);
      assert.equal(printed.split('\n')[2], `  ${why}`);
    });
  }

  it('shows programs the same, with the values as they are stored', async () => {
    const { printed } = await ran(
      ['plugin', 'test', '--container', 'one.json', '--environment', 'x', '--json'],
      FILES,
    );
    const [preview] = JSON.parse(printed);
    assert.equal(preview.plugin, 'default.js');
    const [{ name, key, value }] = preview.records;
    assert.equal(name, FULL_NAME.replace('dev', 'x'));
    assert.equal(key, 'docker/x/redis/redis1/default/node1/3f2a9c0b17de');
    assert.deepEqual([value.host, value.port, value.callsign.owner], ['172.17.0.4', 6379, 'node1']);
  });

  it('asks the plugins that it is given, and shows what they say', async () => {
    const mine = plugin(
      'mine.js',
      "function createService(c) { console.log('seen', c.Name, '\\u001b[2J'); return c.Name === '/redis1' ? null : []; }",
    );
    const { code, printed } = await ran(
      ['plugin', 'test', mine, 'default', '--container', 'one.json'],
      FILES,
    );
    assert.equal(code, 0);
    assert.match(printed, /published by default\.js/);
    assert.match(printed, /mine\.js says: seen \/redis1 \\x1b\[2J/);
  });

  it('ends with 1 when a plugin fails for a container', async () => {
    const bad = plugin('bad.js', 'function createService(c) {\n  return c.Missing.x;\n}');
    const { code, printed } = await ran(['plugin', 'test', bad, '--container', 'one.json'], FILES);
    assert.equal(code, 1);
    assert.match(
      printed,
      /redis1 .*: failed by bad\.js\n {2}the plugin bad\.js threw TypeError.*bad\.js:2:\d+/,
    );
  });

  it('names the plugin whose service cannot be published, what is wrong with it, and where to look', async () => {
    const service = "{ Service: 'web', Instance: 'a', Host: '10.0.0.256', Port: 80 }";
    const path = plugin('host.js', `function createService() { return ${service}; }`);
    const { code, printed } = await ran(['plugin', 'test', path, '--container', 'one.json'], FILES);
    assert.equal(code, 1);
    assert.deepEqual(printed.split('\n').slice(0, 2), [
      'redis1 (3f2a9c0b17de): failed by host.js',
      '  the plugin host.js returned what cannot be published: Host is neither an address nor a name: "10.0.0.256". ' +
        "Correct the plugin, or what it reads: labels, variables, the container's name; the contract is in docs/plugins.md",
    ]);
  });

  it('ends with 1 when a plugin cannot be loaded, saying where', async () => {
    const { code, logged } = await ran(
      ['plugin', 'test', plugin('broken.js', '\n  function ('), '--container', 'one.json'],
      FILES,
    );
    assert.equal(code, 1);
    assert.match(logged, /broken\.js cannot be loaded: .*\[broken\.js:2:\d+\]/);
  });

  it('asks the Engine for what runs', async () => {
    const server = createServer(({ url = '' }, response) => {
      const isList = url.includes('/containers/json');
      // Of a Swarm it knows nothing.
      if (url.includes('/networks')) response.statusCode = 404;
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(isList ? [{ Id: REDIS.Id }] : REDIS));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const docker = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, printed } = await ran(['plugin', 'test', '--running', '--docker', docker]);
    server.close();
    server.closeAllConnections();
    assert.equal(code, 0);
    assert.ok(printed.includes(FULL_NAME), printed);
  });

  for (const [argv, said, expected] of [
    [['plugin', 'dance'], /dance: there are "plugin test" and "plugin list"/, EXIT_CONFIG],
    [['plugin', 'list', './mine.js'], /list \.\/mine\.js: plugin list lists what ships/, EXIT_CONFIG],
    [
      ['plugin', 'test', './no.js', '--container', 'one.json'],
      /cannot read the plugin \.\/no\.js/,
      EXIT_CONFIG,
    ],
    [['plugin', 'test'], /wants either --container FILE or --running/, EXIT_CONFIG],
    [['plugin', 'test', '--running', '--container', 'one.json'], /wants either/, EXIT_CONFIG],
    [['plugin', 'test', '--container', 'no.json'], /--container: no\.json cannot be read/, EXIT_CONFIG],
    [
      ['plugin', 'test', '--container', 'odd.json'],
      /document 1 is no container's inspect document/,
      EXIT_CONFIG,
    ],
    [
      ['plugin', 'test', 'nosuch', '--container', 'one.json'],
      /there is no shipped plugin "nosuch"/,
      EXIT_CONFIG,
    ],
  ] as const) {
    it(`refuses ${argv.join(' ')}, saying why`, async () => {
      const { code, logged } = await ran(argv, { ...FILES, 'odd.json': '{"a":1}' });
      assert.match(logged, said);
      assert.equal(code, expected);
    });
  }
});
