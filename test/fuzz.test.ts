import assert from 'node:assert/strict';
import { readCorpus } from './fuzz/corpus.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { TARGETS } from './fuzz/targets.ts';

/** CI gives it half a minute, a person at work a moment; `npm run fuzz` takes as long as it is told. */
const SECONDS = process.env.CI === undefined ? 5 : 30;

describe('the fuzzer', () => {
  for (const [name, target] of Object.entries(TARGETS)) {
    it(`finds no fault of ${name} in what it has kept`, async () => {
      for (const input of readCorpus()) {
        try {
          await target(input);
        } catch (cause) {
          throw new Error(`an input fails: ${input.toString('hex')}`, { cause });
        }
      }
    });
  }

  it(`finds no fault in ${SECONDS} seconds`, async function () {
    this.timeout((SECONDS + 60) * 1_000);
    const seed = Math.floor(Date.now() / 1_000);
    const { inputs, seconds, failures } = await fuzz({ seconds: SECONDS, seed });
    process.stdout.write(`    ${inputs} inputs, ${Math.round(inputs / seconds)} a second, seed ${seed}\n`);
    const told = failures.map(({ input, failure }) => `${Buffer.from(input).toString('hex')}\n${failure}`);
    assert.deepEqual(told, []);
    assert.ok(inputs > readCorpus().length, 'nothing was tried');
  });

  for (const [what, target, found] of [
    ['a throw', 'planted(bytes) { if (bytes[5] === 3) throw new Error("three"); }', 'planted: Error: three'],
    [
      'a rejection',
      'async planted(bytes) { if (bytes[7] === 2) throw new Error("two"); }',
      'planted: Error: two',
    ],
    ['a hang', 'planted(bytes) { while (bytes[9] === 3); }', 'has not come to an end in 3000 ms'],
  ] as const) {
    it(`finds ${what} where there is one`, async () => {
      const targets = new URL(`data:text/javascript,export const TARGETS = { ${target} };`);
      const { failures } = await fuzz({ seconds: 1, seed: 1, targets, hangsAfterMs: 3_000 });
      assert.equal(failures[0]?.failure.startsWith(found), true, failures[0]?.failure ?? 'nothing');
    });
  }
});
