import assert from 'node:assert/strict';
import { Holdings } from '../../src/publish/holdings.ts';

const OURS = '{"host":"10.0.0.1","callsign":{"owner":"node1","container":"c1"}}';
const THEIRS = '{"host":"10.0.0.2","callsign":{"owner":"node2","container":"c2"}}';
const entry = (key: string, value: string, revision = 5) => ({ key, value, revision });

describe('what a node holds in the store', () => {
  it('is what is in its name, by container, and whatever is where its records belong', () => {
    const holdings = new Holdings('node1');
    const wanted = new Map([['docker/b', { value: OURS, container: 'c1' }]]);
    holdings.learn([entry('docker/a', OURS), entry('docker/b', THEIRS), entry('docker/c', THEIRS)], wanted);
    const held = [...holdings.within(['c1', 'c2'], wanted)].map(([key, { ours }]) => [key, ours]);
    assert.deepEqual(held, [
      ['docker/a', true],
      ['docker/b', false],
    ]);
    assert.equal(holdings.size, 1);
  });

  it('has strangers in it when records in its name come up that it did not put there, but not at first', () => {
    const holdings = new Holdings('node1');
    const first = [entry('docker/a', OURS)];
    const none = new Map();
    assert.equal(holdings.learn(first, none), false);
    assert.equal(holdings.learn(first, none), false);
    assert.equal(holdings.learn([...first, entry('docker/b', THEIRS)], none), false);
    assert.equal(holdings.learn([...first, entry('docker/b', OURS)], none), true);
  });

  it('is older than a change that came after it, and than no other', () => {
    const holdings = new Holdings('node1');
    holdings.learn([entry('docker/a', OURS, 5), entry('docker/b', THEIRS, 5)], new Map());
    const older = [4, 5, 6].map((revision) => holdings.hasBefore('docker/a', revision));
    assert.deepEqual(older, [false, false, true]);
    assert.equal(holdings.hasBefore('docker/b', 6), false);
  });
});
