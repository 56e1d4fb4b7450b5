import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  askUpstream,
  encodeQuestion,
  HEADER,
  isAnswerTo,
  readAnswer,
  TYPE,
  UpstreamError,
} from '@callsign/dns';

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

describe('the OPT record of an answer', () => {
  const opt = '00 0029 04d0 00000000 0000';
  const address = 'c00c 0001 0001 0000003c 0004 c0000201';
  for (const [what, is, counts, records] of [
    ['is not there', true, '0001 0000 0000', address],
    ['stands in the additional section', true, '0001 0000 0001', address + opt],
    ['stands among others', true, '0000 0000 0002', opt + address],
    ['stands among the answers', false, '0001 0000 0000', opt],
    ['stands there twice', false, '0000 0000 0002', opt + opt],
    ['has a name of its own', false, '0000 0000 0001', `0161${opt}`],
    ['has a name that is written by a pointer', false, '0000 0000 0001', opt.replace('00', 'c01c')],
  ] as const) {
    it(`${what}, ${is ? 'as it may' : 'which is none'}`, () => {
      const question = QUESTION.subarray(HEADER, -11);
      const bytes = Buffer.from(`1267 8180 0001 ${counts}`.replaceAll(' ', ''), 'hex');
      const rest = Buffer.from(records.replaceAll(' ', ''), 'hex');
      const message = Buffer.concat([bytes, question, rest]);
      assert.equal(readAnswer(QUESTION, message), is ? message : undefined);
    });
  }
});

describe('asking an upstream', () => {
  for (const over of ['udp', 'tcp'] as const) {
    it(`over ${over} is over before it begins when its time is`, async () => {
      const silent = createSocket('udp4').bind(0, '127.0.0.1');
      await once(silent, 'listening');
      const at = { host: '127.0.0.1', port: silent.address().port };
      try {
        await assert.rejects(
          askUpstream(at, QUESTION, { over, signal: AbortSignal.abort() }),
          (error) => error instanceof UpstreamError && error.failure === 'silent',
        );
      } finally {
        silent.close();
      }
    });
  }
});
