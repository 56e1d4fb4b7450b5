import assert from 'node:assert/strict';
import { array, assert as check, integer, property, string, uniqueArray } from 'fast-check';
import { Lines } from '../../src/plugins/lines.ts';
import { linesOf, type Question, QuestionReader, readAnswer } from '../../src/plugins/messages.ts';

const LIMITS = { timeoutMs: 1_000, memoryMb: 32 };
const DEFAULTS = { ttl: 30, environment: 'dev', region: 'default', domain: 'docker' };

/** What a reader makes of a text that is cut at these places. */
function readIn(text: string, cuts: readonly number[]): Question[] {
  const [lines, reader] = [new Lines(), new QuestionReader()];
  const ends = [...cuts.map((cut) => cut % text.length).sort((a, b) => a - b), text.length];
  const pieces = ends.map((end, at) => text.slice(ends[at - 1] ?? 0, end));
  return pieces
    .flatMap((piece) => lines.push(piece))
    .map((line) => reader.take(line))
    .filter((question) => question !== undefined);
}

describe('messages to the guest and back', () => {
  it('are the same behind the socket, however they are cut', () => {
    const containers = array(string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 });
    check(
      property(containers, string(), uniqueArray(integer({ min: 0, max: 999 })), (names, code, cuts) => {
        const plugin = { name: 'a.js', code, shipped: false };
        const questions: Question[] = [
          { kind: 'load', plugin, defaults: DEFAULTS, limits: LIMITS },
          { kind: 'call', plugins: [0, 1], containers: names.map((name) => JSON.stringify({ Name: name })) },
          { kind: 'call', plugins: [1], containers: ['{}'] },
        ];
        const text = questions.flatMap(linesOf).map((line) => `${line}\n`);
        assert.deepEqual(readIn(text.join(''), cuts), questions);
      }),
    );
  });

  it('are not gathered without end', () => {
    const lines = new Lines(10);
    assert.deepEqual(lines.push('12345'), []);
    assert.deepEqual(lines.push('6789\n12345'), ['123456789']);
    assert.throws(() => lines.push('67890x'), RangeError);
  });

  for (const [what, line] of [
    ['nothing', ''],
    ['no JSON', '{"kind":'],
    ['no object', '7'],
    ['null', 'null'],
    ['another kind', '{"kind":"other"}'],
    ['reports that are none', '{"kind":"returned","reports":[7]}'],
    ['a report that is no text', '{"kind":"returned","reports":[[7]]}'],
    ['a report that is too long', `{"kind":"returned","reports":[["${'x'.repeat(256 * 1024 + 1)}"]]}`],
    ['a failure that is none', '{"kind":"stopped","failure":"__proto__","reason":"x"}'],
    ['a failure without a reason', '{"kind":"stopped","failure":"threw"}'],
  ] as const) {
    it(`are no answers: ${what}`, () => {
      assert.equal(readAnswer(line), undefined);
    });
  }

  it('are answers when they look like it, and nothing else of them is taken', () => {
    const line = '{"kind":"stopped","plugin":"1","failure":"memory","reason":"x","more":1}';
    assert.deepEqual(readAnswer(line), { kind: 'stopped', plugin: 1, failure: 'memory', reason: 'x' });
    assert.deepEqual(readAnswer('{"kind":"loaded"}'), { kind: 'loaded' });
  });
});
