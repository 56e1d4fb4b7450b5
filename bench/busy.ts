import { formatSocketAddress } from '@callsign/daemon';
import { Etcd } from '../test/support/etcd.ts';
import { SERVER_CORE, stepAside } from './load/cores.ts';
import type { Asked } from './load/questions.ts';
import { mainThreadSeconds } from './load/served.ts';
import { commitAll } from './load/store.ts';
import { type Figure, percentile, progress, report } from './support/figures.ts';
import { MeasuredNameserver } from './support/measured.ts';
import { paced } from './support/pace.ts';
import { REGISTERED } from './support/shapes.ts';
import { fillSteady, medianOf, runSteady, type Steady, steadyText } from './support/steady.ts';

const RATE = 20_000;
const SERVICES = 10_000;
const BUSY_SHARE = 0.3;
const SECONDS = 5;
const REPEATS = 3;
const WARM_UP = 10;
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
    const perSecond = BUSY_SHARE / (await secondsEach(nameserver));
    // One round that does not count: each answer is finished once.
    await ask(nameserver, questions);
    const quiet: Steady[] = [];
    const listing: Listing[] = [];
    for (let round = 1; round <= REPEATS; round += 1) {
      quiet.push(await ask(nameserver, questions));
      listing.push(await askWhileListing(nameserver, questions, perSecond));
      progress(`--udp-threads ${threads}: round ${round} of ${REPEATS}`);
    }
    return figures(`--udp-threads ${threads}`, quiet, listing);
  } finally {
    await nameserver.end();
  }
}

/** A run with listings, and the share of its time that the main thread was busy. */
interface Listing {
  readonly steady: Steady;
  readonly share: number;
}

function figures(what: string, quiet: readonly Steady[], listing: readonly Listing[]): Figure[] {
  const steady = medianOf(listing.map((one) => one.steady));
  const share = percentile(
    listing.map((one) => one.share),
    0.5,
  );
  return [
    { what: `${what}, quiet`, value: steadyText(medianOf(quiet)) },
    {
      what: `${what}, listing`,
      value: `${steadyText(steady)}; the main thread busy ${(share * 100).toFixed(0)} %`,
    },
  ];
}

/** Seconds of the main thread that one listing takes, once the code has been compiled. */
async function secondsEach(nameserver: MeasuredNameserver): Promise<number> {
  for (let left = WARM_UP; left > 0; left -= 1) await list(nameserver);
  const before = mainThreadSeconds(nameserver.pid);
  for (let left = WARM_UP; left > 0; left -= 1) await list(nameserver);
  return (mainThreadSeconds(nameserver.pid) - before) / WARM_UP;
}

async function list(nameserver: MeasuredNameserver): Promise<void> {
  const response = await fetch(`http://${formatSocketAddress(nameserver.http)}/v1/services`);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`GET /v1/services: ${response.status}`);
}

async function askWhileListing(
  nameserver: MeasuredNameserver,
  questions: readonly Asked[],
  perSecond: number,
): Promise<Listing> {
  const asked = new AbortController();
  const before = { cpu: mainThreadSeconds(nameserver.pid), at: performance.now() };
  const lists = paced(perSecond, 1, asked.signal, () => list(nameserver));
  const steady = await ask(nameserver, questions);
  asked.abort();
  await lists;
  const seconds = (performance.now() - before.at) / 1_000;
  return { steady, share: (mainThreadSeconds(nameserver.pid) - before.cpu) / seconds };
}

async function ask(nameserver: MeasuredNameserver, questions: readonly Asked[]): Promise<Steady> {
  return await runSteady({ questions, port: nameserver.dns.port, rate: RATE, seconds: SECONDS });
}
