import { parentPort, workerData } from 'node:worker_threads';
import { readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import type { Found, Order } from './fuzz.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import type { Target } from './targets.ts';

/** Asking what has run costs as much as some hundred inputs. */
const BATCH = 1_000;
/** No input may take more of this thread's processor time, in milliseconds; what compiles code gets another try. */
const SLOW = 50;
const TRIES = 5;

const { seed, targets, seconds, beat, current } = workerData as Order;
const { TARGETS } = (await import(targets)) as { readonly TARGETS: Readonly<Record<string, Target>> };
const random = new Random(seed);
const coverage = new Coverage();
const corpus = readCorpus();

/** Hands an input to every target, where the watchdog can see it. @returns what is wrong, if anything is */
async function run(input: Buffer): Promise<string | undefined> {
  beat[1] = input.copy(current);
  Atomics.add(beat, 0, 1);
  for (const [name, target] of Object.entries(TARGETS)) {
    try {
      await target(input);
    } catch (error) {
      return `${name}: ${error instanceof Error ? error.stack : error}`;
    }
  }
  return undefined;
}

async function runAll(batch: readonly Buffer[]): Promise<void> {
  for (const input of batch) {
    const start = busyMs();
    const failure = (await run(input)) ?? (busyMs() - start > SLOW ? await slowness(input) : undefined);
    if (failure !== undefined) report({ kind: 'failed', input, failure });
  }
}

/** Milliseconds that this thread has computed: a machine that is busy with others does not count. */
function busyMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function slowness(input: Buffer): Promise<string | undefined> {
  for (let left = TRIES; left > 0; left -= 1) {
    const start = busyMs();
    await run(input);
    if (busyMs() - start <= SLOW) return undefined;
  }
  return `takes more than ${SLOW} ms, ${TRIES} times out of ${TRIES}`;
}

/** Keeps whatever makes code run that never had; a batch is halved until it is known which inputs those are. */
async function keepNew(batch: readonly Buffer[]): Promise<void> {
  const [only] = batch;
  if (batch.length === 1 && only !== undefined) {
    await runAll(batch);
    coverage.mark();
    corpus.push(only);
    report({ kind: 'new', input: only });
    return;
  }
  const middle = batch.length >> 1;
  for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
    await runAll(half);
    if (coverage.isNew()) await keepNew(half);
  }
}

function report(found: Found): void {
  parentPort?.postMessage(found);
}

/** What is new is asked of most often: half of all inputs are made from the last quarter. */
function choose(): Buffer {
  const from = random.below(2) === 0 ? 0 : Math.floor((corpus.length * 3) / 4);
  return corpus[from + random.below(corpus.length - from)] as Buffer;
}

coverage.start();
await runAll(corpus);
coverage.mark();
const until = Date.now() + seconds * 1_000;
do {
  const batch = Array.from({ length: BATCH }, () => mutate(choose(), random.pick(corpus), random));
  await runAll(batch);
  if (coverage.isNew()) await keepNew(batch);
} while (Date.now() < until);
