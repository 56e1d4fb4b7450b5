import assert from 'node:assert/strict';
import { presentRecord, TYPE } from '@callsign/dns';

describe('a record as a line', () => {
  for (const [type, hex, line] of [
    ['HINFO', '075246433834383200', '"RFC8482" ""'],
    ['HINFO', '02226102785c', '"\\"a" "x\\\\"'],
    ['HINFO', '0141', '\\# 2 0141'],
    ['HINFO', '014101420143', '\\# 6 014101420143'],
    ['HINFO', '0941', '\\# 2 0941'],
    ['HINFO', '', '\\# 0'],
    ['CAA', '00056973737565613b', '0 issue "a;"'],
    ['CAA', '8004696f6465', '128 iode ""'],
    ['CAA', '0009697373', '\\# 5 0009697373'],
    ['CAA', '0003202020', '\\# 5 0003202020'],
    ['CAA', '00', '\\# 1 00'],
  ] as const) {
    it(`${type} ${hex}`, () => {
      const rdata = Buffer.from(hex, 'hex');
      const record = { name: 'a.docker.', ttl: 5, type: 'OTHER', number: TYPE[type], rdata } as const;
      assert.equal(presentRecord(record), `a.docker. 5 IN ${type} ${line}`);
    });
  }
});
