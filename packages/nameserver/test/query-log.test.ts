import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { encode } from 'dns-packet';
import { ask } from '../../../test/support/dig.ts';
import { DIG, requireParts } from '../../../test/support/parts.ts';
import { Callsign } from '../../../test/support/process.ts';
import { scratchStore } from '../../../test/support/scratch.ts';
import { eventually } from '../../../test/support/wait.ts';

const WORDS = ['nameserver', '--store', scratchStore(), '--dns', '127.0.0.1:0', '--http', '127.0.0.1:0'];
const BOTH_FAMILIES = [
  'nameserver',
  '--store',
  scratchStore(),
  '--dns',
  ':0',
  '--http',
  '127.0.0.1:0',
  '--nameserver',
  'none',
  '--query-log',
  '1/1',
];

describe('the query log', function () {
  this.timeout(120_000);
  let nameserver: Callsign | undefined;

  before(function () {
    requireParts(this, DIG);
  });

  afterEach(async () => {
    await nameserver?.end('SIGTERM');
  });

  for (const threads of ['0', '1']) {
    it(`with 1/1 has every query, with ${threads} threads over UDP`, async () => {
      nameserver = await start('--query-log', '1/1', '--udp-threads', threads);
      for (const [name, type, tcp] of [
        ['docker', 'SOA', false],
        ['docker', 'SOA', false],
        ['Nobody.docker', 'AAAA', true],
        ['example.org', 'A', false],
      ] as const)
        await ask(nameserver.dns, name, type, { tcp });
      await eventually(() =>
        assert.deepEqual(seen(), [
          'udp 127.0.0.1 docker. SOA NOERROR',
          'udp 127.0.0.1 docker. SOA NOERROR',
          'tcp 127.0.0.1 Nobody.docker. AAAA NXDOMAIN',
          'udp 127.0.0.1 example.org. A REFUSED',
        ]),
      );
      for (const { bytes, ms } of queries()) assert.ok(Number(bytes) > 12 && Number(ms) >= 0);
    });
  }

  it('names a client of IPv4 by its address, also where both families are served', async () => {
    nameserver = new Callsign(BOTH_FAMILIES);
    const { dns } = await nameserver.logged('serving');
    const port = Number(String(dns).split(':').at(-1));
    await ask({ host: '127.0.0.1', port }, 'docker', 'SOA');
    await eventually(() => assert.deepEqual(seen(), ['udp 127.0.0.1 docker. SOA NOERROR']));
  });

  it('with 1/100 has the queries whose id says so, and answers the others', async () => {
    nameserver = await start('--query-log', '1/100', '--udp-threads', '1');
    for (const id of [1, 101, 200, 299, 65_500]) await sent(id);
    await eventually(() => assert.equal(queries().length, 2));
  });

  it('is off unless asked for', async () => {
    nameserver = await start('--udp-threads', '1');
    await ask(nameserver.dns, 'docker', 'SOA');
    assert.deepEqual(queries(), []);
  });

  it('takes 1/N and nothing else', async () => {
    nameserver = new Callsign([...WORDS, '--query-log', '100']);
    assert.deepEqual(await nameserver.exited, { code: 78, signal: null });
    assert.match(nameserver.said, /--query-log.*"100" is not 1\/N/);
  });

  async function start(...more: readonly string[]): Promise<Callsign> {
    return await Callsign.serving([...WORDS, '--nameserver', 'none', ...more]);
  }

  function queries() {
    return (nameserver?.log ?? []).filter(({ message }) => message === 'query');
  }

  function seen(): string[] {
    return queries().map(({ transport, client, name, type, rcode }) =>
      [transport, client, name, type, rcode].join(' '),
    );
  }

  /** Asks with this id, and waits for the answer. */
  async function sent(id: number): Promise<void> {
    const { host, port } = nameserver?.dns ?? assert.fail('no nameserver');
    const socket = createSocket('udp4');
    socket.send(encode({ type: 'query', id, questions: [{ type: 'SOA', name: 'docker' }] }), port, host);
    await once(socket, 'message');
    socket.close();
  }
});
