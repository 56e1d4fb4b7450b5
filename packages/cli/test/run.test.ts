import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type Host, run } from '@callsign/cli';
import { EXIT_CONFIG } from '@callsign/daemon';

interface Ran {
  readonly code: number;
  readonly printed: string;
  readonly logged: string;
}

/** Runs a command in this process, with a host that only this test knows. It is asked to end once it serves. */
async function ran(argv: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const printed: string[] = [];
  const logged: string[] = [];
  const stop = new AbortController();
  const host: Host = {
    argv,
    env: {},
    hostname: 'node1',
    stateFile: () => assert.fail('no test may write where real data is'),
    readFile: (path) => files[path] ?? assert.fail(`no file ${path}`),
    print: (line) => printed.push(line),
    logLine: (line) => {
      logged.push(line);
      if (line.includes('"serving"')) stop.abort();
    },
    terminal: false,
    stop: stop.signal,
  };
  const code = await run(host);
  return { code, printed: printed.join('\n'), logged: logged.join('\n') };
}

const LOOPBACK = ['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0', '--nameserver', 'none'];

describe('callsign', () => {
  for (const argv of [[], ['help'], ['--help']]) {
    it(`shows its commands for ${JSON.stringify(argv)}`, async () => {
      const { code, printed } = await ran(argv);
      assert.equal(code, 0);
      for (const command of ['up', 'nameserver', 'registrar', 'healthcheck'])
        assert.match(printed, new RegExp(`callsign ${command}`));
    });
  }

  for (const command of ['up', 'nameserver', 'registrar', 'healthcheck']) {
    it(`shows the options of ${command}`, async () => {
      const { code, printed } = await ran([command, '--help']);
      assert.equal(code, 0);
      assert.match(printed, /--http ADDRESS:PORT/);
    });
  }

  for (const [argv, said] of [
    [['dance'], /"dance" is no command/],
    [['nameserver', '--colour', 'red'], /--colour: unknown option/],
    [['nameserver', 'extra'], /extra: not understood/],
    [['nameserver', '--dns', 'nowhere'], /--dns: "nowhere" is not ADDRESS:PORT, for example/],
    [
      ['nameserver', '--ttl', 'soon', '--domain', 'a..b'],
      /--domain: .*empty label[\s\S]*--ttl: "soon" is not a whole number/,
    ],
    [['nameserver', '--log-level', 'loud'], /--log-level: "loud" is none of debug, info, warn, error/],
    [
      ['nameserver', '--store', 'embedded:memory', '--token-file', '/none'],
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
      ['nameserver', '--tls-key', '-----BEGIN PRIVATE KEY-----'],
      /--tls-key: takes the path of a file, not what is in it/,
    ],
    [['nameserver', '--proxy-protocol', '10.0.0.0/33'], /--proxy-protocol: "10\.0\.0\.0\/33" is no network/],
    [['registrar', '--store', 'embedded'], /--store: a registrar by itself has no use for an embedded store/],
    [['registrar', '--docker', 'carrier-pigeon://x'], /--docker: /],
    [['registrar', '--lease', '10', '--beat', '20'], /--beat: 20 is not shorter than --lease/],
  ] as const) {
    it(`refuses ${argv.join(' ')}, saying why`, async () => {
      const { code, logged } = await ran(argv);
      assert.match(logged, said);
      assert.equal(code, EXIT_CONFIG);
    });
  }

  it('refuses a file of cookie secrets that holds none, and says what it holds', async () => {
    const argv = ['nameserver', '--store', 'http://127.0.0.1:1', '--cookie-secret-file', '/run/cookie'];
    const { code, logged } = await ran(argv, { '/run/cookie': 'secret' });
    assert.match(logged, /--cookie-secret-file: \/run\/cookie: a secret is a line of 32 hexadecimal digits/);
    assert.equal(code, EXIT_CONFIG);
  });

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

  it('says of a daemon that does not answer that it is not healthy', async () => {
    const { code, printed } = await ran(['healthcheck', '--http', '127.0.0.1:1']);
    assert.equal(code, 1);
    assert.match(printed, /no answer from http:\/\/127\.0\.0\.1:1\/readyz/);
  });
});
