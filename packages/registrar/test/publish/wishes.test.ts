import assert from 'node:assert/strict';
import { Wishes } from '../../src/publish/wishes.ts';
import { NO_RECORDS } from '../../src/reconcile/records.ts';

describe('wishes', () => {
  it('are taken a few at a time, those first that have waited longest', () => {
    const wishes = of('a', 'b', 'c');
    assert.deepEqual([...wishes.take(2)], ['a', 'b']);
    wishes.want('a', NO_RECORDS);
    assert.deepEqual([...wishes.take(2)], ['c', 'a']);
    assert.equal(wishes.areOpen, false);
  });

  it('are taken once, however often somebody wishes', () => {
    const wishes = of('a', 'a');
    wishes.forget('a');
    assert.deepEqual([...wishes.take(2)], ['a']);
  });

  it('are all open again on demand, with whatever others there are', () => {
    const wishes = of('a', 'b');
    wishes.take(2);
    wishes.openAll(['b', 'old']);
    assert.deepEqual([...wishes.take(4)], ['a', 'b', 'old']);
  });

  it('leave undetermined what could not be looked at, and nobody else', () => {
    const wishes = of('a');
    wishes.keep('a');
    wishes.keep('unseen');
    const { records, undetermined } = wishes.desired(['a', 'unseen', 'gone']);
    assert.deepEqual([records.size, [...undetermined]], [0, ['unseen']]);
  });
});

function of(...containers: readonly string[]): Wishes {
  const wishes = new Wishes();
  for (const container of containers) wishes.want(container, NO_RECORDS);
  return wishes;
}
