import { Etcd } from '../test/support/etcd.ts';
import { SERVER_CORE, stepAside } from './load/cores.ts';
import type { Asked } from './load/questions.ts';
import { commitAll } from './load/store.ts';
import { type Figure, progress, report } from './support/figures.ts';
import { type Listed, Listing } from './support/listing.ts';
import { MeasuredNameserver } from './support/measured.ts';
import { REGISTERED } from './support/shapes.ts';
import { median, medianOf } from './support/statistics.ts';
import { fillSteady, runSteady, type Steady, steadyText } from './support/steady.ts';

const RATE = 20_000;
const SERVICES = 10_000;
const SECONDS = 5;
const REPEATS = 3;
const THREADS = ['1', '0'];

/**
 * How long answers take while the main thread lists ten thousand services again and again, with a thread for UDP and
 * without one.
 */
export async function busy(): Promise<void> {
  using _aside = stepAside();
  await using stack = new AsyncDisposableStack();
  const etcd = stack.adopt(await Etcd.start(), (one) => one.close());
  const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
  const questions = await fillSteady(store);
  await commitAll(
    store,
    Array.from({ length: SERVICES }, (_, at) => REGISTERED.record(at)),
  );
  const all: Figure[] = [];
  for (const threads of THREADS) all.push(...(await measure(store, threads, questions)));
  report(`${RATE} questions a second while the main thread answers GET /v1/services`, all);
}

async function measure(store: string, threads: string, questions: readonly Asked[]): Promise<Figure[]> {
  const options = ['--store', store, '--udp-threads', threads];
  const nameserver = await MeasuredNameserver.start(SERVER_CORE, options);
  try {
    const listing = await Listing.prepare(nameserver, '/v1/services');
    const asking = { questions, port: nameserver.dns.port, rate: RATE, seconds: SECONDS };
    // One round that does not count: each answer is finished once.
    await runSteady(asking);
    const quiet: Steady[] = [];
    const listed: Listed[] = [];
    for (let round = 1; round <= REPEATS; round += 1) {
      quiet.push(await runSteady(asking));
      listed.push(await listing.askMeanwhile(asking));
      progress(`--udp-threads ${threads}: round ${round} of ${REPEATS}`);
    }
    return figures(`--udp-threads ${threads}`, quiet, listed);
  } finally {
    await nameserver.end();
  }
}

function figures(what: string, quiet: readonly Steady[], listed: readonly Listed[]): Figure[] {
  const steady = medianOf(listed.map((one) => one.steady));
  const share = median(listed.map((one) => one.share));
  return [
    { what: `${what}, quiet`, value: steadyText(medianOf(quiet)) },
    {
      what: `${what}, listing`,
      value: `${steadyText(steady)}; the main thread busy ${(share * 100).toFixed(0)} %`,
    },
  ];
}
