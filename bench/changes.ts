import { openStore, type Store } from '@callsign/catalog';
import { NAMESERVER_METRICS } from '../packages/nameserver/src/metrics.ts';
import { Etcd } from '../test/support/etcd.ts';
import { eventually } from '../test/support/wait.ts';
import { SERVER_CORE, stepAside } from './load/cores.ts';
import { askWhileChanging, CHANGES, type Changed } from './support/changing.ts';
import { type Figure, ms, progress, report } from './support/figures.ts';
import { MeasuredNameserver } from './support/measured.ts';
import { medianOf } from './support/statistics.ts';
import { type Asking, fillSteady, runSteady, type Steady, steadyText } from './support/steady.ts';

const RATES = [100_000, 75_000, 50_000, 25_000];
const SECONDS = 4;
const REPEATS = 3;
const PATIENCE_MS = 30_000;
/** What the asking program needs to be a witness: with less it would be its own waiting that it sees. */
const WITNESS_IDLE = 0.15;
/** Of what was wanted, what is taken for all of it. */
const ENOUGH = 0.98;

/**
 * How long answers take while thousands of changes a second come through etcd, beside a quiet zone, and beside the same
 * changes below another prefix: what etcd and the writer take from the machine, without the nameserver's share.
 */
export async function changes(): Promise<void> {
  using _aside = stepAside();
  await using stack = new AsyncDisposableStack();
  const etcd = stack.adopt(await Etcd.start(), (one) => one.close());
  const address = (prefix: string) => `etcd://127.0.0.1:${etcd.port}/${prefix}`;
  const questions = await fillSteady(address('skydns'));
  const nameserver = stack.adopt(
    await MeasuredNameserver.start(SERVER_CORE, ['--store', address('skydns')]),
    (one) => one.end(),
  );
  const own = stack.adopt(await openStore(address('skydns')), (one) => one.close());
  const others = stack.adopt(await openStore(address('others')), (one) => one.close());
  const asked = { questions, port: nameserver.dns.port, seconds: SECONDS };
  const asking: Asking = { ...asked, rate: await bearable(asked, others) };
  const [quiet, beside, within]: [Steady[], Changed[], Changed[]] = [[], [], []];
  const behind: number[] = [];
  for (let round = 1; round <= REPEATS; round += 1) {
    quiet.push(await runSteady(asking));
    beside.push(await askWhileChanging(asking, others));
    const changed = await askWhileChanging(asking, own);
    within.push(changed);
    behind.push(await caughtUp(nameserver, changed.revision));
    progress(`round ${round} of ${REPEATS}`);
  }
  report(`${asking.rate} questions a second and ${CHANGES} changes a second through etcd`, [
    ...figures(quiet, beside, within),
    { what: 'the zone has the last change after', value: ms(Math.max(...behind)) },
  ]);
}

/** The highest rate at which all is answered, as many changes come as should, and the asking program has time left. */
async function bearable(asking: Omit<Asking, 'rate'>, others: Store): Promise<number> {
  for (const rate of RATES) {
    const { steady, perSecond } = await askWhileChanging({ ...asking, rate }, others);
    const sustained = steady.perSecond > ENOUGH * rate && perSecond > ENOUGH * CHANGES;
    if (sustained && steady.idle > WITNESS_IDLE) return rate;
  }
  return RATES.at(-1) as number;
}

/** @returns the milliseconds until the zone shows a revision */
async function caughtUp(nameserver: MeasuredNameserver, revision: number): Promise<number> {
  const began = performance.now();
  await eventually(() => hasReached(nameserver, revision), PATIENCE_MS);
  return performance.now() - began;
}

async function hasReached(nameserver: MeasuredNameserver, revision: number): Promise<void> {
  const reached = await nameserver.metric(NAMESERVER_METRICS.revision.name);
  if (reached < revision) throw new Error(`the zone is at revision ${reached}, etcd at ${revision}`);
}

function figures(quiet: readonly Steady[], beside: readonly Changed[], within: readonly Changed[]): Figure[] {
  const still = medianOf(quiet);
  const row = (what: string, runs: readonly Changed[]): Figure => {
    const steady = medianOf(runs.map((run) => run.steady));
    const ratio = `p99 is ${(steady.p99 / still.p99).toFixed(2)} of the quiet one`;
    const least = Math.min(...runs.map(({ perSecond }) => perSecond));
    return { what, value: `${steadyText(steady)}; ${ratio}; ${Math.round(least)} changes/s` };
  };
  return [
    { what: 'no changes', value: steadyText(still) },
    row('changes of somebody else’s keys', beside),
    row('changes of the zone', within),
  ];
}
