import assert from 'node:assert/strict';
import { encodeQuestion, isAnswerTo, TYPE } from '@callsign/dns';

/** A question, and what is done to a copy of it to make an answer. */
const QUESTION = encodeQuestion(0x1267, 'www.example.org.', TYPE.A);
const response = (bytes: Buffer) => bytes.writeUInt8(0x81, 2);

describe('an answer', () => {
  for (const [what, is, change] of [
    ['a response with the question', true, response],
    ['one in other letters', true, (bytes: Buffer) => response(bytes) && bytes.write('WWW', 13)],
    ['the question itself', false, () => 0],
    ['one with another id', false, (bytes: Buffer) => response(bytes) && bytes.writeUInt8(0x13, 0)],
    ['one to another opcode', false, (bytes: Buffer) => bytes.writeUInt8(0xa1, 2)],
    ['one to another name', false, (bytes: Buffer) => response(bytes) && bytes.write('ftp', 13)],
    ['one to another type', false, (bytes: Buffer) => response(bytes) && bytes.writeUInt8(2, 30)],
    ['one without a question', false, (bytes: Buffer) => response(bytes) && bytes.writeUInt16BE(0, 4)],
  ] as const) {
    it(`is ${is ? '' : 'not '}${what}`, () => {
      const bytes = Buffer.from(QUESTION);
      change(bytes);
      assert.equal(isAnswerTo(QUESTION, bytes), is);
    });
  }

  it('is not a piece of one', () => {
    const bytes = Buffer.from(QUESTION);
    response(bytes);
    for (let length = 0; length < 33; length += 1) {
      assert.equal(isAnswerTo(QUESTION, bytes.subarray(0, length)), false);
    }
  });
});
