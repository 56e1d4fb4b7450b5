import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { put } from '@callsign/catalog';
import { formatSocketAddress, HttpServer, type SocketAddress, silentLog } from '@callsign/daemon';
import { eventually } from '../../../test/support/wait.ts';
import { type Running, running } from '../../nameserver/test/support/running.ts';
import { ran } from './ran.ts';

/** A port number that IANA gave to nobody who lives, and that fetch does not forbid. */
const NOWHERE = '127.0.0.1:2';
const REDIS = '3f2a9c0b17de.node1.default.redis1.redis.dev.docker';

describe('the client tools', () => {
  let server: Running;
  let http: readonly string[];
  let dns: readonly string[];

  before(async () => {
    server = await running({ token: 'open sesame' });
    http = ['--http', address(server.nameserver.httpAddresses)];
    dns = ['--server', address(server.nameserver.dnsAddresses)];
    const callsign = { owner: 'node1', source: 'docker', image: 'red\u001b[31mis', protocol: 'tcp' };
    const redis = { host: '172.17.0.4', port: 6379, ttl: 30, callsign };
    await put(server.store, REDIS.split('.').reverse().join('/'), JSON.stringify(redis));
    await put(server.store, 'docker/lab/motd', JSON.stringify({ text: 'be kind' }));
    await eventually(async () =>
      assert.equal((await ran(['resolve', 'motd.lab.docker', 'TXT', ...dns])).code, 0),
    );
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  const token = { '/run/token': 'open sesame\n' };
  const withToken = ['--token-file', '/run/token'];

  describe('services', () => {
    it('shows people a table, without colours where nobody sees them', async () => {
      const { code, printed } = await ran(['services', ...http]);
      assert.equal(code, 0);
      assert.deepEqual(printed.split('\n'), [
        'NAME                                                 HOST        PORT      TTL   KEPT BY  IMAGE OR TEXT',
        `${REDIS}.  172.17.0.4  6379/tcp  30 s  node1    red\\x1b[31mis`,
        'motd.lab.docker.                                                                          be kind',
      ]);
    });

    for (const [env, coloured] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
      [{ NO_COLOR: '' }, true],
      [{ TERM: 'dumb' }, false],
    ] as const) {
      it(`has ${coloured ? '' : 'no '}colours on a terminal with ${JSON.stringify(env)}`, async () => {
        const { printed } = await ran(['services', ...http], {}, { reader: true, env });
        assert.equal(printed.includes('\u001b[32m172.17.0.4\u001b[0m'), coloured);
        assert.ok(!printed.includes('red\u001b[31mis'));
      });
    }

    it('says that there are more than it shows', async () => {
      const part = await ran(['services', '--limit', '1', ...http]);
      assert.equal(part.logged, 'callsign services: 1 of 2 shown; --limit NUMBER shows more');
      assert.equal((await ran(['services', ...http])).logged, '');
    });

    it('gives programs a document, and grep a line for each', async () => {
      const { printed } = await ran(['services', '--json', ...http]);
      const { services, total } = JSON.parse(printed);
      assert.deepEqual([services[0].name, services[1].text, total], [`${REDIS}.`, 'be kind', 2]);
      assert.equal(printed.split('\n').filter((line) => line.includes(REDIS)).length, 1);
    });

    for (const [argv, names] of [
      [['BE KIND'], ['motd.lab.docker.']],
      [['--name', 'lab.docker'], ['motd.lab.docker.']],
      [['--environment', 'dev', '--region', 'default', '--node', 'node1', '--owner', 'node1'], [`${REDIS}.`]],
      [['--sort', '-name', '--limit', '1'], ['motd.lab.docker.']],
    ] as const) {
      it(`shows with ${argv.join(' ')}: ${names}`, async () => {
        const { services } = JSON.parse((await ran(['services', ...argv, '--json', ...http])).printed);
        assert.deepEqual(
          services.map(({ name }: { name: string }) => name),
          names,
        );
      });
    }

    it('ends with 1 when there is none, and takes no filter from the environment', async () => {
      await using empty = await running();
      const env = { CALLSIGN_NODE: 'node9', CALLSIGN_HTTP: address(empty.nameserver.httpAddresses) };
      const none = await ran(['services'], {}, { env });
      assert.deepEqual([none.code, none.logged], [1, 'callsign services: there are none']);
    });

    it('reads page after page, and asks the server to choose', async () => {
      const asked: string[] = [];
      const pages = createServer((request, response) => {
        asked.push(request.url ?? '');
        const second = request.url?.includes('cursor=later');
        const one = { name: second ? 'b.docker.' : 'a.docker.', revision: 7 };
        response.end(
          JSON.stringify({ revision: 7, total: 9, services: [one], ...(!second && { next: 'later' }) }),
        );
      });
      await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
      const at = `127.0.0.1:${(pages.address() as AddressInfo).port}`;
      const { printed } = await ran([
        'services',
        'red is',
        '--node',
        'n1',
        '--limit',
        '5',
        '--json',
        '--http',
        at,
      ]);
      pages.close();
      assert.deepEqual(asked, [
        '/v1/services?node=n1&text=red+is&limit=5',
        '/v1/services?node=n1&text=red+is&limit=4&cursor=later',
      ]);
      assert.deepEqual([JSON.parse(printed).services.length, JSON.parse(printed).total], [2, 9]);
    });
  });

  describe('nodes', () => {
    it('shows where services are, and who keeps them', async () => {
      const { code, printed } = await ran(['nodes', ...http]);
      assert.equal(code, 0);
      assert.match(
        printed,
        /^NODE +REGION +SERVICES +KEPT BY +LEASE +REVISION\nnode1 +default +1 +node1 +\d+$/,
      );
      const { nodes } = JSON.parse((await ran(['nodes', '--json', ...http])).printed);
      assert.equal(nodes[0].node, 'node1');
    });

    it('ends with 1 when there is none', async () => {
      await using empty = await running();
      const none = await ran(['nodes', '--http', address(empty.nameserver.httpAddresses)]);
      assert.deepEqual([none.code, none.logged], [1, 'callsign nodes: there are none']);
    });
  });

  describe('add and remove', () => {
    for (const [argv, stored] of [
      [['10.0.0.5:80'], { host: '10.0.0.5', port: 80 }],
      [['10.0.0.5'], { host: '10.0.0.5', port: 0 }],
      [['[2001:db8::7]:5432', '--ttl', '60'], { host: '2001:db8::7', port: 5432, ttl: 60 }],
      [['2001:db8::7'], { host: '2001:db8::7', port: 0 }],
      [['www.example.org:443', '--priority', '5', '--weight', '7'], { host: 'www.example.org', priority: 5 }],
      [
        ['--text', 'floor 2', '--mail', '--group', 'g1'],
        { host: '', text: 'floor 2', mail: true, group: 'g1' },
      ],
    ] as const) {
      it(`adds ${argv.join(' ')}, and removes it`, async () => {
        const added = await ran(['add', 'x.lab.docker', ...argv, ...withToken, ...http], token);
        assert.match(added.printed, /^x\.lab\.docker\. added at revision \d+$/);
        const { json } = await server.request('GET', '/v1/services/x.lab.docker');
        assert.deepEqual({ ...json, ...stored }, json);
        const removed = await ran(['remove', 'x.lab.docker', ...withToken, ...http], token);
        assert.deepEqual([removed.code, removed.printed], [0, 'x.lab.docker removed']);
        assert.equal((await server.request('GET', '/v1/services/x.lab.docker')).status, 404);
      });
    }

    it('replaces what is there', async () => {
      await ran(['add', 'y.lab.docker', '10.0.0.1', ...withToken, ...http], token);
      const { printed } = await ran(
        ['add', 'y.lab.docker', '10.0.0.2', '--json', ...withToken, ...http],
        token,
      );
      assert.equal(JSON.parse(printed).host, '10.0.0.2');
      assert.match(
        (await ran(['add', 'y.lab.docker', '10.0.0.3', ...withToken, ...http], token)).printed,
        /^y\.lab\.docker\. replaced at revision/,
      );
    });

    it('removes what it can, and says what it cannot', async () => {
      await ran(['add', 'z.lab.docker', '10.0.0.1', ...withToken, ...http], token);
      const argv = ['remove', 'gone.docker', REDIS, 'z.lab.docker', ...withToken, ...http];
      const { code, printed, logged } = await ran(argv, token);
      assert.deepEqual([code, printed], [1, 'z.lab.docker removed']);
      assert.deepEqual(logged.split('\n'), [
        'callsign remove: there is no service gone.docker.',
        `callsign remove: ${REDIS}. is kept by the registrar of node1`,
      ]);
    });
  });

  describe('resolve', () => {
    it('shows people what dig shows', async () => {
      const { code, printed } = await ran(['resolve', 'redis.dev.docker', ...dns]);
      assert.equal(code, 0);
      assert.deepEqual(printed.replace(/in [\d.]+ ms/, 'in 1 ms').split('\n'), [
        ';; NOERROR, flags: qr aa rd',
        ';; QUESTION',
        ';redis.dev.docker. IN A',
        ';; ANSWER',
        'redis.dev.docker. 30 IN A 172.17.0.4',
        `;; from ${dns[1]} in 1 ms`,
      ]);
    });

    for (const [argv, code, values] of [
      [['redis.dev.docker', 'srv'], 0, '10 100 6379 3f2a9c0b17de.node1.default.redis1.redis.dev.docker.'],
      [['172.17.0.4'], 0, 'redis1.redis.dev.docker.'],
      [['motd.lab.docker', 'TXT'], 0, '"be kind"'],
      [['motd.lab.docker', 'TXT', '--tcp'], 0, '"be kind"'],
      [['nobody.docker'], 1, ''],
      [['motd.lab.docker', 'AAAA'], 1, ''],
    ] as const) {
      it(`${argv.join(' ')}: ${values || 'nothing'}`, async () => {
        const found = await ran(['resolve', ...argv, '--short', ...dns]);
        assert.deepEqual([found.code, found.printed], [code, values]);
      });
    }

    it('gives programs the same in JSON', async () => {
      const { code, printed } = await ran(['resolve', 'nobody.docker', '--json', ...dns]);
      const { rcode, flags, answer, authority } = JSON.parse(printed);
      assert.deepEqual([code, rcode, flags, answer], [1, 'NXDOMAIN', ['qr', 'aa', 'rd'], []]);
      assert.match(authority[0], /^docker\. 5 IN SOA /);
    });

    it('asks the next server where the first does not answer', async () => {
      const { code } = await ran(['resolve', 'redis.dev.docker', '--server', NOWHERE, ...dns]);
      assert.equal(code, 0);
    });

    it('waits for no server any more once it is asked to end', async () => {
      await using silent = createSocket('udp4').bind(0, '127.0.0.1');
      await once(silent, 'listening');
      const stop = new AbortController();
      silent.once('message', () => stop.abort());
      const server = ['--server', formatSocketAddress({ host: '127.0.0.1', port: silent.address().port })];
      const argv = ['resolve', 'redis.dev.docker', ...server, ...server, '--timeout', '60'];
      const { code, logged } = await ran(argv, {}, { stop: stop.signal });
      assert.equal(code, 130, logged);
    });
  });

  describe('exit codes', () => {
    for (const [argv, code, said] of [
      [
        ['services', '--http', NOWHERE],
        69,
        /no answer from http:\/\/127\.0\.0\.1:2: connect ECONNREFUSED.*Start a nameserver.*--http 172\.17\.0\.1:8080/,
      ],
      [
        ['resolve', 'a.docker', '--server', NOWHERE],
        69,
        /no answer from 127\.0\.0\.1:2: recvmsg ECONNREFUSED\. Name/,
      ],
      [['add', 'a.docker'], 78, /HOST, HOST:PORT or --text is needed/],
      [['add'], 78, /NAME is needed/],
      [['add', 'a.docker', '10.0.0.1:http'], 78, /is not HOST or HOST:PORT, for example/],
      [['add', 'a.docker', '10.0.0.1', '--ttl', '-1'], 78, /--ttl/],
      [['remove'], 78, /NAME is needed/],
      [['resolve'], 78, /NAME or IP is needed/],
      [['resolve', 'a..docker'], 78, /has an empty label/],
      [['resolve', 'a.docker', 'CHEESE'], 78, /"CHEESE" is no type/],
      [
        ['doctor', '--store', 'etcds://127.0.0.1:2', '--store-ca', '/no/such.pem'],
        78,
        /--store-ca: \/no\/such\.pem cannot be read/,
      ],
      [['services', '--limit', '0'], 78, /--limit: "0" is not a whole number/],
    ] as const) {
      it(`${argv.join(' ')}: ${code}`, async () => {
        const { code: found, logged } = await ran(argv);
        assert.match(logged, said);
        assert.equal(found, code);
      });
    }

    it('77 without the token that a write needs', async () => {
      for (const argv of [
        ['add', 'a.docker', '10.0.0.1'],
        ['remove', 'a.docker', 'b.docker'],
      ]) {
        const { code, logged } = await ran([...argv, ...http]);
        assert.match(logged, /Name a file with its token by --token-file$/);
        assert.equal(code, 77);
      }
    });

    it('1 for what the nameserver refuses, naming every wrong field', async () => {
      const argv = ['add', 'a.example.org', 'no_host!:80', ...withToken, ...http];
      const { code, logged } = await ran(argv, token);
      assert.match(logged, /in none of the domains/);
      assert.equal(code, 1);
    });

    it('1 where something else listens', async () => {
      await using other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const { code, logged } = await ran(['services', '--http', `127.0.0.1:${port}`]);
      assert.equal(code, 1);
      assert.match(logged, new RegExp(`what answers at http://127.0.0.1:${port} is no nameserver.*--http`));
    });

    it('1 where a registrar listens', async () => {
      const registrar = new HttpServer({
        listen: [{ host: '127.0.0.1', port: 0 }],
        routes: [],
        log: silentLog,
      });
      await registrar.start();
      const at = address(registrar.addresses);
      const { code, logged } = await ran(['explain', 'redis.dev.docker', '--http', at]);
      await registrar.close();
      assert.equal(code, 1);
      assert.match(logged, new RegExp(`what answers at http://${at} is no nameserver.*--http`));
    });
  });
});

function address(addresses: readonly SocketAddress[]): string {
  const [first] = addresses;
  assert.ok(first);
  return formatSocketAddress(first);
}
