import { type ClientResult, runClient } from '../load/field.ts';
import type { Load } from '../load/load.ts';
import { questionsFor } from '../load/names.ts';
import type { Asked } from '../load/questions.ts';
import { commitAll } from '../load/store.ts';
import { ms } from './figures.ts';
import { FLAT } from './shapes.ts';

const SOCKETS = 8;

/** Names that are asked for all the time, and whose records do not change. */
const NAMES = 1_000;

/** Writes the records of the names that are asked for. @returns the questions */
export async function fillSteady(store: string): Promise<Asked[]> {
  const all = Array.from({ length: NAMES }, (_, at) => at);
  await commitAll(store, all.map(FLAT.record));
  return questionsFor(all.map(FLAT.host));
}

/** A run at a fixed rate, on a core that others use as well. */
export interface Steady {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  /** The share of its core that the asking program did not need. */
  readonly idle: number;
  readonly wrong: number;
  readonly lost: number;
}

/** Whom to ask, what, and how many times a second. */
export interface Asking extends Pick<Load, 'questions' | 'port' | 'seconds'> {
  readonly rate: number;
}

export async function runSteady({ questions, port, rate, seconds }: Asking): Promise<Steady> {
  const load = { over: 'udp', sockets: SOCKETS, inFlight: 512, rests: true } as const;
  const result = await runClient({ ...load, questions, port, rate, seconds });
  return steadyOf(result);
}

function steadyOf({ answers, seconds, latency, cpuSeconds, wrong, lost }: ClientResult): Steady {
  if (latency === undefined) throw new Error('a run at a fixed rate has latencies');
  return {
    p50: latency.p50,
    p99: latency.p99,
    perSecond: answers / seconds,
    idle: 1 - cpuSeconds / seconds,
    wrong,
    lost,
  };
}

export function steadyText({ p50, p99, perSecond, idle, wrong, lost }: Steady): string {
  return `p50 ${ms(p50)}, p99 ${ms(p99)} at ${Math.round(perSecond)}/s, the asking program idle ${(idle * 100).toFixed(0)} %, ${wrong} wrong, ${lost} lost`;
}
