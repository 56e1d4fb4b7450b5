import { type Figure, progress } from '../support/figures.ts';
import { medianOf } from '../support/statistics.ts';
import { costing } from './costing.ts';
import { CALLSIGN, type Running, runClient } from './field.ts';
import type { Load } from './load.ts';

const REPEATS = 3;

export interface Measured {
  readonly perSecond: number;
  /** Microseconds of the server's processor time for one answer. */
  readonly microseconds: number;
  readonly wrong: number;
  readonly lost: number;
}

/** Asks each server in turn, several times over, once more before that counts. @returns the medians, in the servers' order */
export async function inTurns(
  running: readonly Running[],
  loadFor: (server: Running) => Load,
): Promise<Measured[]> {
  const rounds: Measured[][] = [];
  // Whoever compiles while it runs does so in the first seconds.
  for (const server of running) await measure(server, loadFor(server));
  for (let round = 0; round < REPEATS; round += 1) {
    const results: Measured[] = [];
    for (const server of running) results.push(await measure(server, loadFor(server)));
    rounds.push(results);
    progress(`round ${round + 1} of ${REPEATS}`);
  }
  return running.map((_, at) => medianOf(rounds.map((round) => round[at] as Measured)));
}

/** What each server came to, and how many answers Callsign has for the processor time of one of its. */
export function figures(running: readonly Running[], medians: readonly Measured[]): Figure[] {
  const own = medians[running.findIndex(({ name }) => name === CALLSIGN)] as Measured;
  return running.map(({ name }, at) => {
    const { perSecond, microseconds, wrong, lost } = medians[at] as Measured;
    const ratio = (microseconds / own.microseconds).toFixed(2);
    const value = `${Math.round(perSecond)}/s, ${microseconds.toFixed(2)} µs an answer, callsign is ${ratio} of it, ${wrong} wrong, ${lost} lost`;
    return { what: name, value };
  });
}

async function measure({ child }: Running, load: Load): Promise<Measured> {
  const { answers, seconds, microseconds, wrong, lost } = await costing(child.pid, () => runClient(load));
  return { perSecond: answers / seconds, microseconds, wrong, lost };
}
