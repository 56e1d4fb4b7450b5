import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { keep, readCorpus } from './corpus.ts';
import { fuzz } from './fuzz.ts';

/** `npm run fuzz -- --seconds N --seed S`: tries inputs, keeps what was new and what failed, and says so. */
const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? randomInt(2 ** 32));

process.stdout.write(`fuzzing for ${seconds} s with seed ${seed} and a corpus of ${readCorpus().length}\n`);
const { inputs, seconds: took, fresh, failures } = await fuzz({ seconds, seed });
const date = new Date().toISOString().slice(0, 10);
keep('found', fresh, `${date}, seed ${seed}, ${Math.round(took)} s`);
for (const { input, failure } of failures) keep('failed', [input], failure.split('\n')[0] ?? '');
for (const { failure } of failures) process.stdout.write(`FAILED ${failure}\n`);
process.stdout.write(
  `${inputs} inputs in ${Math.round(took)} s, ${Math.round(inputs / took)} a second; ` +
    `${fresh.length} new for the corpus, ${failures.length} failed\n`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
