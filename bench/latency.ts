import { withField } from './load/authoritative.ts';
import { CALLSIGN, type Running, runClient } from './load/field.ts';
import type { Load } from './load/load.ts';
import { type Host, hosts, questionsFor } from './load/names.ts';
import { ms, progress, report } from './support/figures.ts';
import { medianOf } from './support/statistics.ts';

const NAMES = 1_000;
const RATES = [1_000, 20_000, 50_000];
/** Questions a second before those that count. */
const WARM_UP = 20_000;
const REPEATS = 3;
const SECONDS = 2;

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly wrong: number;
  readonly lost: number;
}

/** How long an answer takes at questions that come at a fixed rate, of Callsign and its peers, in turns. */
export async function latency(): Promise<void> {
  const all = hosts(NAMES);
  await withField(all, async (running) => {
    // Whoever compiles while it runs does so in the first seconds.
    await measureEach(running, WARM_UP, all);
    for (const rate of RATES) {
      const rounds: Measured[][] = [];
      for (let round = 0; round < REPEATS; round += 1) rounds.push(await measureEach(running, rate, all));
      tell(running, rate, rounds);
      progress(`${rate} a second: done`);
    }
  });
}

async function measureEach(running: readonly Running[], rate: number, all: readonly Host[]) {
  const results: Measured[] = [];
  for (const server of running) results.push(await measure(server, rate, all));
  return results;
}

async function measure({ at: { port } }: Running, rate: number, all: readonly Host[]): Promise<Measured> {
  const load: Load = {
    port,
    over: 'udp',
    questions: questionsFor(all),
    seconds: SECONDS,
    sockets: 8,
    inFlight: 4_096,
    rate,
  };
  const { latency: seen, lost, wrong } = await runClient(load);
  if (seen === undefined) throw new Error('a run at a fixed rate has latencies');
  return { ...seen, lost, wrong };
}

function tell(running: readonly Running[], rate: number, rounds: readonly (readonly Measured[])[]): void {
  const medians = running.map((_, at) => medianOf(rounds.map((round) => round[at] as Measured)));
  const own = medians[running.findIndex(({ name }) => name === CALLSIGN)] as Measured;
  const rows = running.map(({ name }, at) => {
    const { p50, p99, p999, wrong, lost } = medians[at] as Measured;
    const ratio = (own.p99 / p99).toFixed(2);
    const value = `p50 ${ms(p50)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, callsign’s p99 is ${ratio} of it, ${wrong} wrong, ${lost} lost`;
    return { what: name, value };
  });
  report(`UDP at ${rate} questions a second, one core each for server and client`, rows);
}
