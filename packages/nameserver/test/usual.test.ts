import assert from 'node:assert/strict';
import {
  type BatchExchange,
  encodeQuestion,
  LATER,
  MAX_MESSAGE,
  PASS,
  signedQuery,
  type TsigKey,
  TYPE,
} from '@callsign/dns';
import { DnsCounters, UsualResponder } from '@callsign/nameserver';
import { answering, entriesOf, exchange, seen } from './support/answering.ts';

const KEY: TsigKey = { name: 'xfr.', algorithm: 'hmac-sha256', secret: Buffer.from('secret') };
const CLIENT: BatchExchange = {
  transport: 'udp',
  peer: '192.0.2.1',
  readOrigin: () => assert.fail('nobody asks others'),
  defer: () => assert.fail('a thread that answers waits for nobody'),
};
const WEB = encodeQuestion(7, 'web.docker.', TYPE.A);

/** A copy with two bytes of another value. */
function changed(packet: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(packet);
  copy.writeUInt16BE(value, at);
  return copy;
}

describe('a thread that has finished answers alone', () => {
  const { responder } = answering({
    domains: ['docker.'],
    entries: entriesOf({ 'docker/web': { host: '10.0.0.1' }, 'docker/new': { host: '10.0.0.2' } }),
  });
  const usual = new UsualResponder(
    responder.usualAnswers ?? assert.fail('it depends on who asks'),
    responder.addReader(),
    new DnsCounters(),
  );
  const reply = Buffer.alloc(MAX_MESSAGE);
  const ask = (packet: Buffer) => usual.respond(packet, packet.length, reply, CLIENT);

  before(() => exchange(responder, WEB, 'udp'));

  it('answers what was asked before', () => {
    const size = ask(WEB);
    assert.deepEqual(seen(reply.subarray(0, size)).answer, ['web.docker. 300 IN A 10.0.0.1']);
  });

  for (const [what, packet, expected] of [
    ['passes on what nobody has asked yet', encodeQuestion(7, 'new.docker.', TYPE.A), PASS],
    ['passes on another type', encodeQuestion(7, 'web.docker.', TYPE.AAAA), PASS],
    ['passes on another class', changed(WEB, 26, 3), PASS],
    ['passes on what is signed, for the answer has to be, too', signedQuery(WEB, KEY, 0), PASS],
    ['passes on what has to be refused', changed(WEB, 6, 1), PASS],
    ['leaves a response alone', changed(WEB, 2, 0x8000), LATER],
  ] as const) {
    it(what, () => assert.equal(ask(packet), expected));
  }
});
