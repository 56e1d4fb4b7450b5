import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { put } from '@callsign/catalog';
import { COMMANDS } from '@callsign/cli';
import { EXIT_CONFIG, formatSocketAddress, parseOptions, type SocketAddress } from '@callsign/daemon';
import { scratchFolder, scratchStore } from '../../../test/support/scratch.ts';
import { eventually } from '../../../test/support/wait.ts';
import { type Running, running } from '../../nameserver/test/support/running.ts';
import { ran } from './ran.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** Port numbers that browsers block (Fetch Standard, "port blocking"). */
const UNTRUSTED = [10_080, 6_697, 6_679, 6_566, 4_190];
const LOOPBACK = ['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0', '--nameserver', 'none'];

/** Where a nameserver says in its log that it answers DNS. */
async function servedAt(log: Readable): Promise<string> {
  for await (const line of createInterface({ input: log })) {
    const { message, dns } = JSON.parse(line) as {
      readonly message: string;
      readonly dns?: readonly string[];
    };
    if (message === 'serving') return dns?.[0] ?? '';
  }
  return assert.fail('it has ended');
}

describe('callsign', () => {
  for (const argv of [[], ['help'], ['--help']]) {
    it(`shows its commands for ${JSON.stringify(argv)}`, async () => {
      const { code, printed } = await ran(argv);
      assert.equal(code, 0);
      for (const { name } of COMMANDS) assert.match(printed, new RegExp(`callsign ${name}`));
    });
  }

  it('keeps the options within a terminal, and leaves their lines whole for everybody else', async () => {
    const { printed } = await ran(['up', '--help'], {}, { reader: true, columns: 80 });
    const [options = ''] = printed.split('Examples:');
    assert.deepEqual(
      options.split('\n').filter((line) => line.length > 80),
      [],
    );
    const whole = (await ran(['up', '--help'])).printed.split('Examples:')[0] ?? '';
    assert.equal(options.replaceAll(/\s+/g, ' '), whole.replaceAll(/\s+/g, ' '));
  });

  it('shows the options of a command that it is asked about', async () => {
    assert.deepEqual(await ran(['help', 'services']), await ran(['services', '--help']));
  });

  for (const argv of [
    ['services', '--http', '127.0.0.1:1'],
    ['add', 'a.docker', '10.0.0.1', '--http', '127.0.0.1:1'],
    ['resolve', 'a.docker', '--server', '127.0.0.1:1'],
    ['doctor', '--http', '127.0.0.1:1', '--docker', '/none.sock'],
    ['plugin', 'test', '--running', '--docker', 'tcp://127.0.0.1:1'],
  ]) {
    it(`says nothing more once it is interrupted: ${argv[0]}`, async () => {
      const { code, printed, logged } = await ran(argv, {}, { stop: AbortSignal.abort() });
      assert.deepEqual({ code, printed, logged }, { code: 130, printed: '', logged: '' });
    });
  }

  for (const { name, options, examples } of COMMANDS) {
    it(`shows the options of ${name}, with examples`, async () => {
      const { code, printed } = await ran([name, '--help']);
      assert.equal(code, 0);
      for (const { flag } of Object.values(options('node1'))) assert.ok(printed.includes(`--${flag}`), flag);
      assert.match(printed, /Examples:\n {2}callsign /);
    });

    for (const [line] of examples) {
      it(`understands the example "${line}"`, () => {
        const [word, ...argv] = line.match(/"[^"]*"|\S+/g) ?? [];
        assert.equal(word, name);
        parseOptions(options('node1'), { argv, env: {}, readFile: assert.fail });
      });
    }
  }

  for (const [argv, said] of [
    [['dance'], /^callsign: "dance" is no command\nSee "callsign help"$/],
    [['servces'], /"servces" is no command; did you mean "callsign services"\?/],
    [['help', 'dance'], /"dance" is no command/],
    [['services', '--nod', 'a'], /--nod: unknown option; did you mean --node\?/],
    [['nameserver', '--colour', 'red'], /--colour: unknown option/],
    [['nameserver', 'extra'], /extra: not understood/],
    [
      ['nameserver', '--store', scratchStore(), '--nameserver', '192.0.2.1,none'],
      /--nameserver: "none" forwards nothing, and others are named beside it: leave out/,
    ],
    [['nameserver', '--dns', 'nowhere'], /--dns: "nowhere" is not ADDRESS:PORT, for example/],
    [
      ['nameserver', '--ttl', 'soon', '--domain', 'a..b'],
      /--domain: .*empty label[\s\S]*--ttl: "soon" is not a whole number/,
    ],
    [['nameserver', '--domain', 'docker,lab'], /--domain: "docker,lab" has a comma: repeat the option/],
    [['nameserver', '--log-level', 'loud'], /--log-level: "loud" is none of debug, info, warn, error/],
    [
      ['nameserver', '--store', scratchStore(), '--token-file', '/none'],
      /--token-file: \/none cannot be read/,
    ],
    [
      ['nameserver', '--store', 'http://127.0.0.1:1', '--cookie-secret-file', '/none'],
      /--cookie-secret-file: \/none cannot be read/,
    ],
    [
      ['nameserver', '--store', 'http://127.0.0.1:1', '--doh', ':443', '--tls-cert', '/cert.pem'],
      /--dot and --doh need a certificate: name its files by --tls-cert and --tls-key/,
    ],
    [
      [
        'nameserver',
        '--store',
        'http://127.0.0.1:1',
        '--http',
        '127.0.0.1:0',
        '--dot',
        ':0',
        '--tls-cert',
        '/none',
        '--tls-key',
        '/none',
      ],
      /\/none cannot be read: ENOENT.*Correct --tls-cert and --tls-key/,
    ],
    [
      ['nameserver', '--tls-key', '-----BEGIN PRIVATE KEY-----'],
      /--tls-key: takes the path of a file, not what is in it/,
    ],
    [['nameserver', '--proxy-protocol', '10.0.0.0/33'], /--proxy-protocol: "10\.0\.0\.0\/33" is no network/],
    [['resolve', 'a.docker', '--server', 'localhost'], /--server: "localhost" is not IP\[:PORT\]/],
    [['explain'], /NAME or IP is needed/],
    [
      ['explain', 'a.docker', 'A', 'b.docker'],
      /NAME or IP is needed, a type may follow, and nothing besides/,
    ],
    [
      ['explain', 'a.docker', 'A', '--type', 'TXT'],
      /the type is said twice: A behind the name, and --type TXT/,
    ],
    [['watch', 'a.docker', 'b.docker'], /NAME is one word, and nothing may follow it/],
    [['add', 'a.docker', '10.0.0.1', '--ttl', '0'], /--ttl: "0" is not a whole number from 1 to/],
    [['add', 'a.docker', '10.0.0.1', '--priority', '0'], /--priority: "0" is not a whole number from 1 to/],
    [['explain', 'a.docker', 'b.docker'], /"b.docker" is no type/],
    [
      ['nameserver', '--google-apis', 'public'],
      /--google-apis: "public" is none of private, restricted, psc:IP/,
    ],
    [
      ['nameserver', '--store', scratchStore(), '--google-apis', 'private@lab'],
      /--google-apis private@lab: there is no view "lab": add --view lab=CIDR/,
    ],
    [
      ['nameserver', '--store', scratchStore(), '--zone-file', 'corp.example=/nowhere/corp.zone'],
      /callsign nameserver: \/nowhere\/corp\.zone: cannot be read: ENOENT/,
    ],
    [
      ['nameserver', '--store', 'carrier-pigeon'],
      /--store: "carrier-pigeon" is not the address of a store\. For example.*\nSee "callsign nameserver --help"/,
    ],
    [['registrar', '--store', 'embedded'], /--store: a registrar by itself .*"callsign up"\nSee "callsign/],
    [
      ['registrar', '--store', 'carrier-pigeon', '--ttl', 'soon'],
      /--ttl: "soon"[\s\S]*--store: "carrier-pigeon" is not the address of a store\. For example etcd:/,
    ],
    [['up', '--store', 'carrier-pigeon'], /--store: "carrier-pigeon" is not the address of a store/],
    [['registrar', '--store', 'etcds://127.0.0.1:1', '--store-ca', '/none'], /cannot read \/none/],
    [['registrar', '--docker', 'tcp://127.0.0.1:1', '--tlscacert', '/none'], /--tlscacert: cannot read/],
    [['plugin'], /^callsign plugin: there are "plugin test" and "plugin list"/],
    [['registrar', '--docker', 'carrier-pigeon://x'], /--docker: /],
    [['registrar', '--lease', '10', '--beat', '20'], /--beat: 20 is not shorter than --lease/],
    [
      ['registrar', '--store', 'etcds://127.0.0.1:1', '--store-ca', '/none', '--beat', '30'],
      /--beat: 30 is not shorter than --lease/,
    ],
  ] as const) {
    it(`refuses ${argv.join(' ')}, saying why`, async () => {
      const { code, logged } = await ran(argv);
      assert.match(logged, said);
      assert.equal(code, EXIT_CONFIG);
    });
  }

  for (const [word, ...wrong] of [
    ['nameserver', '--dot', '127.0.0.1:0'],
    ['nameserver', '--local', 'elsewhere.example'],
    ['nameserver', '--tsig-key', '/none'],
    ['nameserver', '--cookie-secret-file', '/none'],
    ['nameserver', '--google-apis', 'private@lab'],
    ['nameserver', '--zone-file', 'corp.example=/none'],
    ['nameserver', '--dot', '127.0.0.1:0', '--tls-cert', '/none', '--tls-key', '/none'],
    ['up', '--doh', '127.0.0.1:0'],
    ['up', '--view', 'lab=10.0.0.0/8', '--view', 'other=10.0.0.0/8'],
    ['up', '--lease', '10', '--beat', '20'],
  ] as const) {
    it(`has opened nothing when it refuses ${word} ${wrong.join(' ')}`, async () => {
      const folder = scratchFolder();
      const store = `embedded:${join(folder, 'store.journal')}`;
      const { code, logged } = await ran([word, '--store', store, ...LOOPBACK, ...wrong]);
      assert.equal(code, EXIT_CONFIG);
      assert.doesNotMatch(logged, /"the store"/);
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  it('refuses a file of cookie secrets that holds none, and says what it holds', async () => {
    const argv = ['nameserver', '--store', 'http://127.0.0.1:1', '--cookie-secret-file', '/run/cookie'];
    const { code, logged } = await ran(argv, { '/run/cookie': 'secret' });
    assert.match(logged, /--cookie-secret-file: \/run\/cookie: a secret is a line of 32 hexadecimal digits/);
    assert.equal(code, EXIT_CONFIG);
  });

  for (const argv of [
    ['nameserver', '--store', 'http://127.0.0.1:1'],
    ['registrar', '--store', 'http://127.0.0.1:1'],
    ['remove', 'a.docker', '--http', '127.0.0.1:1'],
  ]) {
    it(`refuses a file that is no token, and does not tell what is in it: ${argv[0]}`, async () => {
      const key = '-----BEGIN PRIVATE KEY-----\nMIIBmj\n';
      const { code, logged } = await ran([...argv, '--token-file', '/run/key'], { '/run/key': key });
      assert.match(logged, /--token-file: \/run\/key: it holds more than a token/);
      assert.doesNotMatch(logged, /MIIBmj/);
      assert.equal(code, EXIT_CONFIG);
    });
  }

  it('names the address, the cause and the cure when a port number is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const { code, logged } = await ran([
      'nameserver',
      '--store',
      'http://127.0.0.1:1',
      ...LOOPBACK,
      '--http',
      `127.0.0.1:${port}`,
    ]);
    taken.close();
    assert.equal(code, 1);
    assert.match(
      logged,
      new RegExp(`cannot listen for HTTP on 127\\.0\\.0\\.1 port ${port}.*EADDRINUSE.*ss -lunpt`),
    );
  });

  it('starts without its store, and ends when it is asked to', async () => {
    const { code, logged } = await ran(['nameserver', '--store', 'http://127.0.0.1:1', ...LOOPBACK]);
    assert.equal(code, 0);
    assert.match(logged, /"serving"[\s\S]*"stopping"/);
  });

  it('ends well when it is asked to before it serves', async () => {
    const argv = ['nameserver', '--store', 'http://127.0.0.1:1', ...LOOPBACK];
    const { code, logged } = await ran(argv, {}, { stop: AbortSignal.abort() });
    assert.equal(code, 0, logged);
    assert.doesNotMatch(logged, /"serving"|aborted/);
  });

  it('shows addresses that can be asked, where it serves all that there are', async () => {
    const everywhere = ['--dns', ':0', '--http', ':0', '--nameserver', 'none', '--docker', '/none.sock'];
    const stop = new AbortController();
    const printed: string[] = [];
    const print = (line: string) => {
      printed.push(line);
      if (line.startsWith('  dig ')) stop.abort();
    };
    await ran(['up', '--store', scratchStore(), ...everywhere], {}, { stop: stop.signal, print });
    assert.match(printed[0] ?? '', /at 127\.0\.0\.1:\d+ \(DNS\) and http:\/\/127\.0\.0\.1:\d+ /);
    assert.match(printed.at(-1) ?? '', /^ {2}dig @127\.0\.0\.1 -p \d+ web\.dev\.docker$/);
  });

  it('does not take output that was lost for output', () => {
    const full = openSync('/dev/full', 'w');
    const words = ['--conditions=callsign-source', MAIN, 'help'];
    const { status, stderr } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    assert.match(stderr, /callsign: the output cannot be written: ENOSPC/);
    assert.equal(status, 1);
  });

  it('goes on when nobody reads its log any more', async function () {
    this.timeout(60_000);
    const words = ['nameserver', '--store', scratchStore(), ...LOOPBACK, '--query-log', '1/1'];
    const child = spawn(process.execPath, ['--conditions=callsign-source', MAIN, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    try {
      const server = ['--server', await servedAt(child.stderr)];
      child.stderr.destroy();
      for (const _ of [1, 2, 3]) assert.equal((await ran(['resolve', 'a.docker', ...server])).code, 1);
    } finally {
      child.kill('SIGTERM');
    }
    assert.deepEqual(await exited, [0, null]);
  });

  it('says which folder it cannot make for the store', () => {
    const words = ['--conditions=callsign-source', MAIN, 'nameserver'];
    const env = { STATE_DIRECTORY: '/dev/null/callsign' };
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
    assert.match(stderr, /cannot make the folder \/dev\/null\/callsign.*ENOTDIR.*--store embedded:FILE/);
    assert.equal(status, 1);
  });

  it('says of a daemon that does not answer that it is not healthy', async () => {
    const { code, printed } = await ran(['healthcheck', '--http', '127.0.0.1:1']);
    assert.equal(code, 1);
    assert.match(printed, /no answer from http:\/\/127\.0\.0\.1:1\/readyz/);
  });

  it('asks a daemon whose port number no browser would ask at', async () => {
    const at = await firstFree(UNTRUSTED);
    await using _server = await running({ http: [at] });
    const { code, printed } = await ran(['healthcheck', '--http', formatSocketAddress(at)]);
    assert.deepEqual([code, printed], [0, '{"status":"ready"}']);
  });

  describe('explain', () => {
    let server: Running;
    let http: readonly string[];

    before(async () => {
      server = await running();
      http = ['--http', formatSocketAddress(server.nameserver.httpAddresses[0] ?? { host: '', port: 0 })];
      const callsign = {
        source: 'docker',
        plugin: 'default.js',
        container: '3f2a',
        image: 'red\u001b[31mis',
      };
      await server.request('PUT', '/v1/services/a.docker', { host: '10.0.0.1' });
      await put(server.store, 'docker/b', JSON.stringify({ host: '10.0.0.2', callsign }));
      await eventually(async () => assert.equal((await ran(['explain', 'b.docker', ...http])).code, 0));
    });

    after(async () => {
      await server?.[Symbol.asyncDispose]();
    });

    it('tells a person where an answer comes from, and draws nothing on the terminal', async () => {
      const { code, printed } = await ran(['explain', 'b.docker', '--from', '10.1.1.1', ...http]);
      assert.equal(code, 0);
      assert.deepEqual(printed.replace(/revision \d+/, 'revision 7').split('\n'), [
        'b.docker. A, asked from 10.1.1.1',
        '  view    that of all clients',
        '  zone    docker., in the store',
        '  answer  NOERROR, 1 record',
        '  b.docker. 30 IN A 10.0.0.2',
        '      from the store: b.docker. at revision 7, source docker, plugin default.js, container 3f2a, image red\\x1b[31mis',
      ]);
    });

    it('tells a person why there is no answer', async () => {
      const { code, printed } = await ran(['explain', 'c.docker', '--type', 'TXT', ...http]);
      assert.equal(code, 1);
      assert.match(printed, /why {5}c\.docker\. does not exist; the nearest name that does is docker\./);
    });

    for (const [how, words] of [
      ['behind the name, as resolve does', ['c.docker', 'txt']],
      ['by --type', ['c.docker', '--type', 'TXT']],
    ] as const) {
      it(`takes the type ${how}`, async () => {
        const { printed } = await ran(['explain', ...words, ...http]);
        assert.match(printed, /^c\.docker\. TXT, asked from/);
      });
    }

    it('takes an address for the name that it has, as resolve does', async () => {
      const { code, printed } = await ran(['explain', '10.0.0.2', ...http]);
      assert.equal(code, 0);
      assert.match(printed, /^2\.0\.0\.10\.in-addr\.arpa\. PTR, asked from/);
      assert.match(
        printed,
        / {2}2\.0\.0\.10\.in-addr\.arpa\. 30 IN PTR b\.docker\.\n {6}from the store: b\.docker\./,
      );
    });

    it('takes the root', async () => {
      const { printed } = await ran(['explain', '.', 'NS', ...http]);
      assert.match(printed, /^\. NS, asked from/);
    });

    it('tells a program in JSON', async () => {
      const { code, printed } = await ran(['explain', 'a.docker', '--json', ...http]);
      assert.deepEqual([code, JSON.parse(printed).rcode], [0, 'NOERROR']);
    });

    it('says what is wrong with a question, and where nobody answers', async () => {
      const wrong = await ran(['explain', 'a..docker', ...http]);
      assert.deepEqual(
        [wrong.code, wrong.logged],
        [1, 'callsign explain: name: "a..docker." has an empty label'],
      );
      const nobody = await ran(['explain', 'a.docker', '--http', '127.0.0.1:1']);
      assert.equal(nobody.code, 69);
      assert.match(nobody.logged, /no answer from http:\/\/127\.0\.0\.1:1: .*--http/);
    });
  });
});

/** One of these port numbers, at which nobody listens. */
async function firstFree(ports: readonly number[]): Promise<SocketAddress> {
  for (const port of ports) {
    const server = createServer();
    const listening = once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.listen(port, '127.0.0.1');
    const isFree = await listening;
    server.close();
    if (isFree) return { host: '127.0.0.1', port };
  }
  assert.fail(`${ports.join(', ')} are all taken`);
}
