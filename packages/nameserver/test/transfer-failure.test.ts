import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Log, silentLog } from '@callsign/daemon';
import { Networks, parseNetwork, TCP_LIMITS, TcpListener } from '@callsign/dns';
import { DnsCounters, Zone, ZoneResponder } from '@callsign/nameserver';
import { Transfers } from '../src/transfer/transfers.ts';
import { ZoneCopies } from '../src/zone-copies.ts';
import { entriesOf, questionBytes } from './support/answering.ts';

const DOMAINS = ['docker.'];
/** So many that several messages go out before the name at which the zone fails. */
const MANY = Object.fromEntries(
  Array.from({ length: 2_000 }, (_, at) => [`docker/web${at}`, { host: '10.0.0.1' }] as const),
);
/** A client that is not told that there will be no more waits for as long as this. */
const PATIENT = { ...TCP_LIMITS, idleMs: 600_000 };

describe('a zone transfer that fails in the middle', () => {
  const logged: string[] = [];
  const log: Log = { ...silentLog, error: (message) => void logged.push(message) };
  const transfers = new Transfers({
    domains: DOMAINS,
    access: { networks: new Networks([parseNetwork('127.0.0.0/8')]), signed: false },
    copies: new ZoneCopies(),
    log,
  });
  const responder = new ZoneResponder({
    log,
    counters: new DnsCounters(),
    domains: DOMAINS,
    transfers,
    answerBytes: 1 << 20,
  });
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 }, responder, { limits: PATIENT });

  before(async () => {
    const entries = entriesOf({ ...MANY, 'docker/worse': { host: '10.0.0.2' } });
    responder.publish(Zone.of({ revision: 1, entries }, failingAt('worse.docker.')));
    await listener.start();
  });

  after(() => listener.close());

  it('ends the connection, so that its client does not wait for the rest', async () => {
    const { host, port } = listener.address;
    const client = connect(port, host);
    await once(client, 'connect');
    const question = questionBytes('docker', 'AXFR');
    client.write(Buffer.concat([Buffer.from([0, question.length]), question]));
    const received = await buffer(client);
    assert.ok(received.length > 16_384, 'it had begun');
    assert.deepEqual(logged, ['a zone transfer failed']);
    assert.deepEqual(
      [...transfers.counted()].filter(([count]) => count > 0),
      [[1, { outcome: 'failed' }]],
    );
  });
});

/** What only a fault of ours would do: a zone that cannot be gone through to its end. */
function failingAt(name: string) {
  const elsewhere = (asked: string) => {
    assert.notEqual(asked, name);
    return false;
  };
  return { domains: DOMAINS, ttl: 30, negativeTtl: 5, elsewhere, onRefused: () => assert.fail('refused') };
}
