import { Callsign } from '../../test/support/process.ts';
import { measureSetting, type Setting, SHARED } from '../cores.ts';
import { costing } from '../load/costing.ts';
import { runClient } from '../load/field.ts';
import type { Load } from '../load/load.ts';
import { askWhileChanging, CHANGES } from '../support/changing.ts';
import { percentile } from '../support/figures.ts';
import { firstAnswers } from '../support/first-answers.ts';
import { Listing } from '../support/listing.ts';
import { ended } from '../support/parts.ts';
import { Probe } from '../support/probe.ts';
import { type Asking, runSteady } from '../support/steady.ts';
import { stolenSeconds } from '../support/stolen.ts';
import type { GrownZone } from './zone.ts';

/** One line's value at one size, in the unit of its plot. */
export interface Point {
  readonly what: string;
  readonly value: number;
}

const RATES = [20_000, 50_000];
const BUSY_RATE = 20_000;
const CHANGING_RATE = 25_000;
const SECONDS = 2;
const REPEATS = 5;
const CONTAINERS = 100;
/** Rounds that do not count: whoever compiles while it runs does so in the first ones. */
const WARM_UP = 2;

/** The goals whose figures may depend on how many records there are, by the names of their plots. */
export const GOALS: Readonly<Record<string, (zone: GrownZone) => Promise<readonly Point[]>>> = {
  latency,
  streams,
  busy,
  changes,
  'first-answer': firstAnswer,
  cores,
};

/** The p99 at fixed rates, milliseconds. */
async function latency({ nameserver, questions }: GrownZone): Promise<Point[]> {
  const asked = { questions, port: nameserver.dns.port, seconds: SECONDS, sockets: 8, inFlight: 4_096 };
  const p99 = async (rate: number) =>
    (await runClient({ ...asked, over: 'udp', rate })).latency?.p99 ?? Number.NaN;
  return await eachInTurns(RATES, (rate) => ({
    what: `${rate.toLocaleString('en')}/s`,
    measure: () => p99(rate),
  }));
}

/** Processor time for an answer over connections, microseconds. */
async function streams({ nameserver, questions, tlsPort }: GrownZone): Promise<Point[]> {
  const asked = { questions, seconds: SECONDS, sockets: 8, inFlight: 64 };
  const cost = async (load: Load) => (await costing(nameserver.pid, () => runClient(load))).microseconds;
  const spoken = [
    { what: 'TCP', load: { ...asked, over: 'tcp', port: nameserver.dns.port } },
    { what: 'TLS', load: { ...asked, over: 'tls', port: tlsPort } },
  ] as const;
  return await eachInTurns(spoken, ({ what, load }) => ({ what, measure: () => cost(load) }));
}

/** The p99 while the main thread looks through all records for a list, a third of its time; milliseconds. */
async function busy({ nameserver, questions }: GrownZone): Promise<Point[]> {
  const listing = await Listing.prepare(nameserver, '/v1/services?environment=none');
  const asking = { questions, port: nameserver.dns.port, rate: BUSY_RATE, seconds: SECONDS };
  return await quietAndNot(asking, 'main thread busy', async () => {
    const { steady } = await listing.askMeanwhile(asking);
    return steady.p99;
  });
}

/** The p99 while other records change through etcd, milliseconds. */
async function changes({ nameserver, questions, store }: GrownZone): Promise<Point[]> {
  const asking = { questions, port: nameserver.dns.port, rate: CHANGING_RATE, seconds: SECONDS };
  return await quietAndNot(asking, `${CHANGES.toLocaleString('en')} changes/s`, async () => {
    const { steady } = await askWhileChanging(asking, store);
    return steady.p99;
  });
}

/** From a container's event to its first right answer, milliseconds. */
async function firstAnswer({ records, address, engine, nameserver }: GrownZone): Promise<Point[]> {
  await using stack = new AsyncDisposableStack();
  const docker = ['--docker', `unix://${engine.socket}`, '--http', '127.0.0.1:0'];
  stack.adopt(await Callsign.serving(['registrar', '--store', address, ...docker]), ended);
  const probe = stack.adopt(await Probe.open(nameserver.dns), async (one) => one.close());
  const names = Array.from({ length: CONTAINERS }, (_, at) => `c${at}-of-${records}`);
  const { started } = await firstAnswers(engine, probe, names);
  return [
    { what: 'p50', value: percentile(started, 0.5) },
    { what: 'p99', value: percentile(started, 0.99) },
  ];
}

/** Processor time for an answer by one thread and by two, microseconds. */
async function cores({ address, questions }: GrownZone): Promise<Point[]> {
  const plan = (setting: Setting) => ({
    what: setting.threads === '1' ? 'one thread' : 'two threads',
    measure: async () => (await measureSetting(address, setting, questions)).server,
  });
  // Each is warmed up by itself: it is another process every time.
  return await eachInTurns(SHARED, plan, 0);
}

async function quietAndNot(asking: Asking, what: string, measure: () => Promise<number>): Promise<Point[]> {
  const quiet = async () => (await runSteady(asking)).p99;
  return await eachInTurns(
    [
      { what: 'quiet', measure: quiet },
      { what, measure },
    ],
    (one) => one,
  );
}

/** Each has its turn in each round; of each counts the turn in which others took least of the processors. */
async function eachInTurns<T>(
  all: readonly T[],
  plan: (one: T) => { readonly what: string; readonly measure: () => Promise<number> },
  warmUp = WARM_UP,
): Promise<Point[]> {
  const plans = all.map((one) => ({ ...plan(one), turns: [] as Turn[] }));
  for (let round = 0; round < warmUp + REPEATS; round += 1) {
    for (const { measure, turns } of plans) turns.push(await turnOf(measure));
  }
  return plans.map(({ what, turns }) => ({ what, value: calmest(turns.slice(warmUp)) }));
}

/** What was measured, and the seconds that others took of the processors meanwhile. */
interface Turn {
  readonly value: number;
  readonly stolen: number;
}

async function turnOf(measure: () => Promise<number>): Promise<Turn> {
  const before = stolenSeconds();
  const value = await measure();
  return { value, stolen: stolenSeconds() - before };
}

function calmest(turns: readonly Turn[]): number {
  return turns.toSorted((one, other) => one.stolen - other.stolen)[0]?.value ?? Number.NaN;
}
