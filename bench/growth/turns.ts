import { stolenSeconds } from '../support/stolen.ts';

/** One line's value at one size, in the unit of its plot. */
export interface Point {
  readonly what: string;
  readonly value: number;
}

/** What a line's value is measured by. */
interface Plan {
  readonly what: string;
  readonly measure: () => Promise<number>;
}

const REPEATS = 5;
/** Rounds that do not count: whoever compiles while it runs does so in the first ones. */
const WARM_UP = 2;

/** Each has its turn in each round; of each counts the turn in which others took least of the processors. */
export async function takeTurns(plans: readonly Plan[], warmUp = WARM_UP): Promise<Point[]> {
  const all = plans.map((plan) => ({ ...plan, turns: [] as Turn[] }));
  for (let round = 0; round < warmUp + REPEATS; round += 1) {
    for (const { measure, turns } of all) turns.push(await turnOf(measure));
  }
  return all.map(({ what, turns }) => ({ what, value: calmest(turns.slice(warmUp)) }));
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
