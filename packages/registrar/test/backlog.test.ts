import assert from 'node:assert/strict';
import { Backlog } from '../src/backlog.ts';

describe('backlog', () => {
  it('gives each key once, those first that came first', () => {
    const backlog = of('b', 'a', 'b', 'c');
    assert.equal(backlog.size, 3);
    assert.deepEqual(all(backlog), ['b', 'a', 'c']);
  });

  it('puts a key that comes again behind the others', () => {
    const backlog = of('a', 'b');
    assert.equal(backlog.take(), 'a');
    backlog.add('a');
    assert.deepEqual(all(backlog), ['b', 'a']);
  });

  it('goes on after it was empty', () => {
    const backlog = of('a');
    assert.deepEqual(all(backlog), ['a']);
    backlog.add('a');
    assert.ok(backlog.has('a'));
    assert.deepEqual(all(backlog), ['a']);
  });

  it('has nothing once it is cleared', () => {
    const backlog = of('a', 'b');
    backlog.clear();
    backlog.add('c');
    assert.deepEqual(all(backlog), ['c']);
  });
});

function of(...keys: readonly string[]): Backlog {
  const backlog = new Backlog();
  for (const key of keys) backlog.add(key);
  return backlog;
}

function all(backlog: Backlog): readonly string[] {
  const taken: string[] = [];
  for (let key = backlog.take(); key !== undefined; key = backlog.take()) taken.push(key);
  return taken;
}
