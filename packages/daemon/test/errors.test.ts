import assert from 'node:assert/strict';
import { CallsignError, describe as told } from '@callsign/daemon';

describe('errors', () => {
  it('tell their causes and the cure in one line', () => {
    const cause = new Error('connect ECONNREFUSED', { cause: new Error('errno 111') });
    const error = new CallsignError('X', 'etcd cannot be reached', { cause, cure: 'Start it' });
    assert.equal(told(error), 'etcd cannot be reached: connect ECONNREFUSED: errno 111. Start it');
    assert.equal(told('a string'), 'a string');
  });
});
