import assert from 'node:assert/strict';
import { type Exchange, encodeMessage, Networks, parseNetwork, Query, TYPE } from '@callsign/dns';
import { Zone } from '@callsign/nameserver';
import { judgeTransfer } from '../src/transfer/access.ts';

const ACCESS = { networks: new Networks([parseNetwork('192.0.2.1')]), signed: false };
const CLIENT: Exchange = {
  transport: 'tcp',
  peer: '192.0.2.1',
  defer: () => assert.fail('it is only judged'),
  stream: () => assert.fail('it is only judged'),
};

/** Asks for what has changed since a serial; undefined: without a SOA record (RFC 1995, 3). */
function ixfr(serial: number | undefined): Query {
  const names = { mname: 'ns.dns.docker.', rname: 'hostmaster.docker.' };
  const times = { refresh: 1, retry: 1, expire: 1, minimum: 1 };
  const soa = { name: 'docker.', ttl: 0, type: 'SOA', serial: 0, ...names, ...times } as const;
  const packet = encodeMessage({
    ...{ id: 7, flags: 0, rcode: 0, answer: [], additional: [] },
    question: { name: 'docker.', type: TYPE.IXFR, class: 1 },
    authority: serial === undefined ? [] : [soa],
  });
  if (serial !== undefined) packet.writeUInt32BE(serial, packet.length - 20);
  const query = new Query();
  assert.equal(query.read(packet, packet.length), 'answer');
  return query;
}

describe('a client that wants what has changed', () => {
  for (const [theirs, revision, expected] of [
    [undefined, 100, 'whole'],
    [99, 100, 'whole'],
    [100, 100, 'current'],
    [101, 100, 'current'],
    [2 ** 32 - 1, 100, 'whole'],
    [100, 2 ** 32 - 1, 'current'],
    [1, 2 ** 31, 'whole'],
    [1, 2 ** 31 + 1, 'current'],
    [4, 2 ** 32 + 5, 'whole'],
    [5, 2 ** 32 + 5, 'current'],
  ] as const) {
    const whole = expected === 'whole' ? 'the whole zone' : 'the SOA record alone';
    it(`since ${theirs ?? 'nothing'} gets ${whole} at revision ${revision} (RFC 1982, 3.2)`, () => {
      const options = { domains: ['docker.'], ttl: 30, negativeTtl: 5, onRefused: () => undefined };
      const zone = Zone.of({ revision, entries: [] }, options);
      const { kind } = judgeTransfer(ixfr(theirs), CLIENT, 'docker.', zone, ACCESS);
      assert.equal(kind, expected);
    });
  }
});
