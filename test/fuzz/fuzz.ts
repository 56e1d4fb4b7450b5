import { Worker } from 'node:worker_threads';

/** What a worker is told. */
export interface Order {
  readonly seed: number;
  /** The module whose TARGETS are tried. */
  readonly targets: string;
  /** How long, from the moment when all is loaded and the corpus has been gone through. */
  readonly seconds: number;
  /** How many inputs have been begun, and the length of the current one; shared. */
  readonly beat: Int32Array;
  /** The current input; shared. */
  readonly current: Uint8Array;
}

/** What a worker tells. */
export type Found =
  | { readonly kind: 'new'; readonly input: Uint8Array }
  | { readonly kind: 'failed'; readonly input: Uint8Array; readonly failure: string };

export interface Failure {
  readonly input: Uint8Array;
  readonly failure: string;
}

export interface Fuzzed {
  /** How many inputs were tried. */
  readonly inputs: number;
  readonly seconds: number;
  /** Those that made code run which the corpus had not. */
  readonly fresh: readonly Uint8Array[];
  readonly failures: readonly Failure[];
}

export interface Fuzzing {
  readonly seconds: number;
  /** The same seed and corpus make the same inputs. */
  readonly seed: number;
  readonly targets?: URL;
  /** An input that has not come to an end after so many milliseconds never will: no busy machine waits so long. */
  readonly hangsAfterMs?: number;
}

/** What was compiled by another process does not count what it runs. */
const ENV = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };

const LONGEST_INPUT = 1 << 16;

/** Tries inputs made from the corpus, in a thread of its own, so that one on which the code hangs is found as well. */
export async function fuzz(fuzzing: Fuzzing): Promise<Fuzzed> {
  const { seconds, seed, targets = new URL('targets.ts', import.meta.url), hangsAfterMs = 20_000 } = fuzzing;
  const start = performance.now();
  const beat = new Int32Array(new SharedArrayBuffer(8));
  const current = new Uint8Array(new SharedArrayBuffer(LONGEST_INPUT));
  const order: Order = { seed, targets: targets.href, seconds, beat, current };
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: order, env: ENV });
  const fresh: Uint8Array[] = [];
  const failures = new Map<string, Failure>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  // One fault fails many inputs, of which the first tells as much as all.
  const fail = (failure: string, input: Uint8Array = current.slice(0, beat[1])) => {
    const [fault = ''] = failure.split('\n');
    if (!failures.has(fault)) failures.set(fault, { input, failure });
  };
  worker.on('error', (error) => fail(`ended the thread: ${error instanceof Error ? error.stack : error}`));
  worker.on('exit', () => end());
  worker.on('message', (found: Found) => {
    if (found.kind === 'new') fresh.push(found.input);
    else fail(found.failure, found.input);
  });
  const watchdog = watch(beat, hangsAfterMs, () => {
    fail(`has not come to an end in ${hangsAfterMs} ms`);
    end();
  });
  await ended;
  clearInterval(watchdog);
  await worker.terminate();
  const took = (performance.now() - start) / 1_000;
  return { inputs: beat[0] as number, seconds: took, fresh, failures: [...failures.values()] };
}

/** Calls back when the same input is current twice in a row. */
function watch(beat: Int32Array, everyMs: number, hangs: () => void): NodeJS.Timeout {
  let before = 0;
  return setInterval(() => {
    const now = Atomics.load(beat, 0);
    // Before the first input the thread is being started.
    if (now > 0 && now === before) hangs();
    before = now;
  }, everyMs);
}
