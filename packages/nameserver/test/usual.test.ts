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
import { DnsCounters, parseView, UsualResponder } from '@callsign/nameserver';
import { answering, entriesOf, exchange, seen } from './support/answering.ts';
import { overriding, ZoneFolder } from './support/overriding.ts';

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
  const usual = new UsualResponder(responder.usualAnswers, responder.addReader(), new DnsCounters());
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

describe('a thread that has finished answers of several views', () => {
  const WWW = encodeQuestion(7, 'www.example.org.', TYPE.A);
  const reply = Buffer.alloc(MAX_MESSAGE);
  let folder: ZoneFolder;
  let ask: (from: string) => number;

  before(async () => {
    folder = new ZoneFolder();
    const zoneFiles = ['lab', 'desk'].map((view, at) => {
      const file = folder.write(
        view,
        `@ SOA ns.example.org. host.example.org. 1 1 1 1 1\n@ NS ns.example.org.\nwww A 10.0.0.${at + 1}\n`,
      );
      return { zone: 'example.org.', file, view };
    });
    const views = ['lab=10.7.0.0/16+fd07::/16', 'desk=10.7.1.0/24'].map(parseView);
    const { responder } = overriding({ overrides: { views, zoneFiles } });
    const usual = new UsualResponder(responder.usualAnswers, responder.addReader(), new DnsCounters());
    ask = (peer) => usual.respond(WWW, WWW.length, reply, { ...CLIENT, peer });
    for (const asked of ['10.7.0.1', '10.7.1.1', '192.0.2.1']) await exchange(responder, WWW, 'udp', asked);
  });
  after(() => folder[Symbol.dispose]());

  for (const [from, address] of [
    ['10.7.0.2', '10.0.0.1'],
    ['fd07::2', '10.0.0.1'],
    ['::ffff:10.7.0.2', '10.0.0.1'],
    ['10.7.1.2', '10.0.0.2'],
  ] as const) {
    it(`gives ${from} what its view was answered before`, () => {
      const size = ask(from);
      assert.deepEqual(seen(reply.subarray(0, size)).answer, [`www.example.org. 300 IN A ${address}`]);
    });
  }

  it('passes on the question of a client in no view', () => assert.equal(ask('192.0.2.2'), PASS));
});
