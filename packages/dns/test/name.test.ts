import assert from 'node:assert/strict';
import { presentLabel, presentName, Query, RecordEncoder, rawLabel, wholeName } from '@callsign/dns';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';

/** Any bytes at all, each as one character. */
const label = fc
  .uint8Array({ minLength: 1, maxLength: 63 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const printable = fc.stringMatching(/^[!-\-/-~]{1,63}$/);
const short = fc.array(label, { maxLength: 3 });

const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** A question about this name, as our own reader sees it. */
function read(name: Buffer): string[] {
  const packet = Buffer.concat([Buffer.from('000701000001000000000000', 'hex'), name, Buffer.of(0, 1, 0, 1)]);
  const query = new Query();
  assert.equal(query.read(packet, packet.length), 'answer');
  return query.labels();
}

describe('names', () => {
  it('have a text form for any bytes, which means the same label again', () => {
    fc.assert(
      fc.property(label, (raw) => {
        assert.match(presentLabel(raw), /^[!-\-/-~]+$/);
        assert.equal(rawLabel(presentLabel(raw)), raw);
      }),
    );
  });

  it('of any bytes are read as they were written', () => {
    fc.assert(
      fc.property(short, (labels) => {
        const name = wholeName(presentName(labels).replace(/^\.\.?$/, '.'));
        assert.deepEqual(read(name), labels.map(lower));
      }),
    );
  });

  it('that can be printed are written as another codec writes them', () => {
    fc.assert(
      fc.property(fc.array(printable, { maxLength: 3 }), (labels) => {
        const [asked] = [{ name: labels.join('.'), type: 'A' as const }];
        const packet = dnsPacket.encode({ questions: [asked] });
        assert.deepEqual(wholeName(presentName(labels).replace(/^\.\.?$/, '.')), packet.subarray(12, -4));
      }),
    );
  });

  it('of any bytes are compressed against the question to what they are', () => {
    fc.assert(
      fc.property(short, short, (question, before) => {
        const labels = [...before, ...question];
        fc.pre(labels.reduce((sum, { length }) => sum + length + 1, 1) <= 255);
        const name = presentName(labels).replace(/^\.\.?$/, '.');
        const owner = new RecordEncoder(question).encode({ name, ttl: 1, type: 'A', address: '10.0.0.1' });
        const pointer = owner.length - 16;
        const head = owner.subarray(0, owner.length - 14);
        const compressed = question.length > 0;
        const whole = compressed
          ? Buffer.concat([head.subarray(0, pointer), wholeName(presentName(question))])
          : head;
        assert.deepEqual(read(whole), labels.map(lower));
        if (compressed) assert.equal(owner.readUInt16BE(pointer) & 0xc000, 0xc000);
      }),
    );
  });
});
