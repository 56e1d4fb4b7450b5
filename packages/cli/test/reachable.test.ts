import assert from 'node:assert/strict';
import { formatSocketAddress } from '@callsign/daemon';
import { reachable } from '../src/command/reachable.ts';

describe('a daemon of this machine', () => {
  for (const [host, expected] of [
    ['', '127.0.0.1:8080'],
    ['0.0.0.0', '127.0.0.1:8080'],
    ['::', '127.0.0.1:8080'],
    ['10.0.0.1', '10.0.0.1:8080'],
    ['::1', '[::1]:8080'],
  ] as const) {
    it(`that listens on "${host}" is reached at ${expected}`, () => {
      assert.equal(formatSocketAddress(reachable({ host, port: 8080 })), expected);
    });
  }
});
