import { Etcd } from '../test/support/etcd.ts';
import { BOTH_CORES, CLIENT_CORE, SERVER_CORE } from './load/cores.ts';
import { type ClientResult, runClient } from './load/field.ts';
import type { Load } from './load/load.ts';
import { askOnce } from './load/once.ts';
import { cpuSeconds } from './load/served.ts';
import { type Figure, progress, report } from './support/figures.ts';
import { MeasuredNameserver } from './support/measured.ts';
import { medianOf, sum } from './support/statistics.ts';
import { fillSteady } from './support/steady.ts';

const REPEATS = 3;
/** So many that the kernel's choice of a thread for each comes out even. */
const SOCKETS = 32;
const WARM_UP_SECONDS = 1;
const ASKED = { over: 'udp', seconds: 3, sockets: SOCKETS, inFlight: 32 } as const;

/** Where the server runs, by how many threads, and where it is asked from. */
export interface Setting {
  readonly what: string;
  readonly cores: string;
  readonly threads: string;
  readonly clients: readonly string[];
}

const BOTH = { cores: BOTH_CORES, clients: [SERVER_CORE, CLIENT_CORE] };

/** One thread and two, on cores that they share with those who ask. */
export const SHARED: readonly Setting[] = [
  { ...BOTH, what: 'one thread, both cores shared', threads: '1' },
  { ...BOTH, what: 'two threads, both cores shared', threads: '2' },
];

const SETTINGS: readonly Setting[] = [
  { what: 'one thread, a core each', cores: SERVER_CORE, threads: '1', clients: [CLIENT_CORE] },
  ...SHARED,
];

export interface Measured {
  readonly perSecond: number;
  /** Microseconds of processor time for one answer: the server's, and the asking programs'. */
  readonly server: number;
  readonly client: number;
  readonly wrong: number;
  readonly lost: number;
}

/**
 * What a second core is worth. The asking programs need more than a core by themselves, so that two cores never have
 * more than a part of themselves for the server: what counts is whether an answer by two threads costs the same.
 */
export async function cores(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const etcd = stack.adopt(await Etcd.start(), (one) => one.close());
  const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
  const questions = await fillSteady(store);
  const rounds: Measured[][] = [];
  for (let round = 1; round <= REPEATS; round += 1) {
    const results: Measured[] = [];
    for (const setting of SETTINGS) results.push(await measureSetting(store, setting, questions));
    rounds.push(results);
    progress(`round ${round} of ${REPEATS}`);
  }
  tell(SETTINGS.map((_, at) => medianOf(rounds.map((results) => results[at] as Measured))));
}

/** Starts a nameserver as a setting has it, and asks it when its answers are finished. */
export async function measureSetting(
  store: string,
  setting: Setting,
  questions: Load['questions'],
): Promise<Measured> {
  const options = ['--store', store, '--udp-threads', setting.threads];
  const nameserver = await MeasuredNameserver.start(setting.cores, options);
  try {
    const load = { ...ASKED, questions, port: nameserver.dns.port };
    await askOnce(load);
    await runClient({ ...load, seconds: WARM_UP_SECONDS });
    const before = cpuSeconds(nameserver.pid);
    const results = await Promise.all(setting.clients.map((core) => runClient(load, core)));
    return measuredOf(results, cpuSeconds(nameserver.pid) - before);
  } finally {
    await nameserver.end();
  }
}

function measuredOf(results: readonly ClientResult[], serverSeconds: number): Measured {
  const total = (read: (result: ClientResult) => number) => sum(results.map(read));
  const answers = total((result) => result.answers);
  return {
    perSecond: total((result) => result.answers / result.seconds),
    server: (serverSeconds / answers) * 1e6,
    client: (total(({ cpuSeconds }) => cpuSeconds) / answers) * 1e6,
    wrong: total(({ wrong }) => wrong),
    lost: total(({ lost }) => lost),
  };
}

function tell(medians: readonly Measured[]): void {
  const [, one, two] = medians as readonly [Measured, Measured, Measured];
  const figures: Figure[] = medians.map(({ perSecond, server, client, wrong, lost }, at) => ({
    what: (SETTINGS[at] as Setting).what,
    value: `${Math.round(perSecond)}/s, ${server.toFixed(2)} µs an answer, the asking programs ${client.toFixed(2)} µs, ${wrong} wrong, ${lost} lost`,
  }));
  const worth = ((2 * one.server) / two.server).toFixed(2);
  const shares = (2 * two.server) / (two.server + two.client);
  report('one and two threads for UDP on two cores', [
    ...figures,
    { what: 'two cores, by processor time', value: `${worth} of one core` },
    { what: 'of the two cores the server could have', value: `${shares.toFixed(2)}; the rest asks` },
  ]);
}
