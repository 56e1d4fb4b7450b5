import { CALLSIGN, type Running, runClient, withField } from './load/field.ts';
import type { Load } from './load/load.ts';
import { type Host, hosts, questionsFor } from './load/names.ts';
import { cpuSeconds } from './load/served.ts';
import { progress, report } from './support/figures.ts';

const NAMES = 1_000;
const REPEATS = 3;
const SECONDS = 3;

interface Measured {
  readonly perSecond: number;
  /** Microseconds of the server's processor time for one answer. */
  readonly microseconds: number;
  readonly wrong: number;
  readonly lost: number;
}

/** Answers per second and processor time per answer, of Callsign and its peers, in turns on the same core. */
export async function throughput(): Promise<void> {
  const all = hosts(NAMES);
  await withField(all, async (running) => {
    const rounds: Measured[][] = [];
    for (let round = 0; round < REPEATS; round += 1) {
      rounds.push(await measureEach(running, all));
      progress(`round ${round + 1} of ${REPEATS}`);
    }
    tell(running, rounds);
  });
}

async function measureEach(running: readonly Running[], all: readonly Host[]): Promise<Measured[]> {
  const results: Measured[] = [];
  for (const server of running) results.push(await measure(server, all));
  return results;
}

async function measure({ port, child }: Running, all: readonly Host[]): Promise<Measured> {
  const before = cpuSeconds(child.pid);
  const load: Load = { port, questions: questionsFor(all), seconds: SECONDS, sockets: 8, inFlight: 128 };
  const { answers, wrong, lost, seconds } = await runClient(load);
  const cpu = cpuSeconds(child.pid) - before;
  return { perSecond: answers / seconds, microseconds: (cpu / answers) * 1e6, wrong, lost };
}

function tell(running: readonly Running[], rounds: readonly (readonly Measured[])[]): void {
  const medians = running.map((_, at) => medianOf(rounds.map((round) => round[at] as Measured)));
  const own = medians[running.findIndex(({ name }) => name === CALLSIGN)] as Measured;
  const rows = running.map(({ name }, at) => {
    const { perSecond, microseconds, wrong, lost } = medians[at] as Measured;
    const ratio = (microseconds / own.microseconds).toFixed(2);
    const value = `${Math.round(perSecond)}/s, ${microseconds.toFixed(2)} µs an answer, callsign is ${ratio} of it, ${wrong} wrong, ${lost} lost`;
    return { what: name, value };
  });
  report(
    `UDP, ${NAMES} names, one core each for server and client, ratios of answers per processor time`,
    rows,
  );
}

function medianOf(all: readonly Measured[]): Measured {
  const middle = (read: (one: Measured) => number) =>
    all.map(read).toSorted((a, b) => a - b)[Math.floor(all.length / 2)] as number;
  return {
    perSecond: middle((one) => one.perSecond),
    microseconds: middle((one) => one.microseconds),
    wrong: all.reduce((sum, { wrong }) => sum + wrong, 0),
    lost: all.reduce((sum, { lost }) => sum + lost, 0),
  };
}
