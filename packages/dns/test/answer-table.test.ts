import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AnswerTable, joined, layOut, type QuestionKey, Stamped } from '@callsign/dns';

/** Answers that each reader is to have found. */
const ENOUGH = 5_000;

/** A question of ours: the number in the first word, the rest filled up so that hashes meet. */
function question(number: number): QuestionKey {
  return { keyWords: Int32Array.of(number, 7, 9), keyLength: 12, hash: number % 1_000 };
}

function answer(number: number, bytes = 16): Int32Array {
  const record = new Uint8Array(bytes).fill(number & 255);
  const key = new Uint8Array(question(number).keyWords.buffer);
  const counts = { flags: -1, answers: 1, authorities: 0, turning: 0, additionalSets: [], serialAt: -1 };
  return layOut({ rcode: 0, records: [record], ...counts }, key);
}

function keep(table: AnswerTable, number: number, stamp: number, bytes?: number): number {
  return table.add(question(number), answer(number, bytes), stamp);
}

describe('the answer table', () => {
  it('finds what was added, and nothing else', () => {
    const table = AnswerTable.create(1 << 20);
    const stamp = table.stamps.take();
    for (let number = 0; number < 1_500; number += 1) assert.ok(keep(table, number, stamp) >= 0);
    for (let number = 0; number < 1_500; number += 1) assert.ok(table.find(question(number)) >= 0);
    assert.equal(table.find(question(1_500)), -1);
    assert.equal(table.size, 1_500);
  });

  it('forgets what was made under a stamp that has changed, and takes its successor', () => {
    const table = AnswerTable.create(1 << 20);
    const [one, other] = [table.stamps.take(), table.stamps.take()];
    keep(table, 1, one);
    keep(table, 2, other);
    table.stamps.change(one);
    assert.equal(table.find(question(1)), -1);
    assert.ok(table.find(question(2)) >= 0);
    const again = keep(table, 1, one);
    assert.equal(table.find(question(1)), again);
    assert.equal(table.size, 2);
  });

  it('uses no room again in which a reader may still be reading', () => {
    const table = AnswerTable.create(1 << 14);
    const stamp = table.stamps.take();
    const reader = table.addReader();
    const fill = () => Array.from({ length: 1_000 }, (_, number) => keep(table, number, stamp));
    table.turn(reader);
    assert.equal(fill().at(-1), -1, 'it reads: there is no room any more');
    table.turn(reader);
    assert.ok((fill().at(-1) as number) >= 0, 'it is between two questions');
  });

  it('uses no more of its memory than it may, and more once it may', () => {
    const table = AnswerTable.create(1 << 20);
    const stamp = table.stamps.take();
    const fill = () => {
      for (let number = 0; number < 6_000; number += 1) keep(table, number, stamp);
      return table.size * answer(0).byteLength;
    };
    table.useAtMost(1 << 16);
    assert.ok(fill() <= 1 << 16);
    table.useAtMost(2 ** 33);
    assert.ok(fill() > 1 << 16);
  });

  it('makes nothing old true again when a stamp is used again', () => {
    const table = AnswerTable.create(1 << 20);
    const stamp = table.stamps.take();
    keep(table, 1, stamp);
    table.stamps.release(stamp);
    assert.equal(table.stamps.take(), stamp);
    assert.equal(table.find(question(1)), -1);
  });

  it('forgets what was made from several things when any of them changes', () => {
    const table = AnswerTable.create(1 << 20);
    const things = [new Stamped(), new Stamped()] as const;
    for (const thing of things) {
      table.add(question(1), answer(1), joined(...things).stamp(table.stamps));
      assert.ok(table.find(question(1)) >= 0);
      thing.changed();
      assert.equal(table.find(question(1)), -1);
    }
  });

  it('lets the oldest go when it is full, and refuses what would push out too many', () => {
    const table = AnswerTable.create(1 << 16);
    const stamp = table.stamps.take();
    for (let number = 0; number < 10_000; number += 1) keep(table, number, stamp);
    assert.equal(table.find(question(0)), -1);
    for (let number = 9_900; number < 10_000; number += 1) assert.ok(table.find(question(number)) >= 0);
    assert.equal(keep(table, 1, stamp, 1 << 14), -1);
    assert.ok(table.find(question(9_999)) >= 0);
  });

  it('never shows a reader another answer than that of its question', async () => {
    const table = AnswerTable.create(1 << 17);
    const progress = new Int32Array(new SharedArrayBuffer(4));
    const workerData = { memory: table.memory, progress, enough: ENOUGH };
    const readers = Array.from(
      { length: 2 },
      () => new Worker(new URL('./answer-table-reader.ts', import.meta.url), { workerData }),
    );
    const wrong = Promise.all(readers.map((reader) => once(reader, 'message')));
    const stamps = Array.from({ length: 8 }, () => table.stamps.take());
    const answers = Array.from({ length: 3_000 }, (_, number) => answer(number));
    for (let turn = 0; Atomics.load(progress, 0) < readers.length; turn += 1) {
      const stamp = stamps[turn % stamps.length] as number;
      table.add(question(turn % answers.length), answers[turn % answers.length] as Int32Array, stamp);
      if (turn % 500 === 0) table.stamps.change(stamp);
      if (turn % 5_000 === 0) await new Promise(setImmediate);
    }
    assert.deepEqual((await wrong).flat(), [0, 0]);
  });
});
