import { join } from 'node:path';
import { NAMESERVER_METRICS } from '../packages/nameserver/src/metrics.ts';
import { Etcd } from '../test/support/etcd.ts';
import { SERVER_CORE } from './load/cores.ts';
import { type Costing, costing } from './load/costing.ts';
import { runClient } from './load/field.ts';
import type { LoadResult } from './load/load.ts';
import { askOnce } from './load/once.ts';
import { commitAll } from './load/store.ts';
import { ms, progress, report } from './support/figures.ts';
import { folderFor } from './support/folder.ts';
import { keep, type Row } from './support/kept.ts';
import { MeasuredNameserver, type Memory } from './support/measured.ts';
import {
  ETCD_QUOTA,
  FLAT,
  REGISTERED,
  recordsOf,
  type Shape,
  SIZES,
  writeQuestionsFor,
} from './support/shapes.ts';
import { median, sum } from './support/statistics.ts';

const FEW = 1_000;
const REPEATS = 3;
const SECONDS = 2;

/** One size of one shape. Bytes a record are beyond an empty nameserver's and beyond the records' own JSON. */
interface Measured {
  readonly shape: string;
  readonly records: number;
  readonly readySeconds: number;
  readonly residentMiB: number;
  readonly bytesReady: number;
  /** With the finished answers of all names. */
  readonly bytesAsked: number;
  readonly pauseMs: number;
  readonly pauseEmptyMs: number;
  /** Processor time for an answer to a random name of all, and of few. */
  readonly microseconds: number;
  readonly microsecondsFew: number;
  readonly perSecond: number;
  /** The share of answers that had to be finished anew, because there was no room to keep them. */
  readonly anew: number;
  readonly wrong: number;
  readonly lost: number;
}

/** What more records cost: the time to ready, memory, the collector's pause, and an answer to a random name. */
export async function scale(): Promise<void> {
  const rows: Measured[] = [];
  for (const shape of [FLAT, REGISTERED]) {
    for await (const row of measureShape(shape)) {
      rows.push(row);
      keep('scale', rows.map(rowOf));
      progress(`${row.shape}: ${row.records} records`);
    }
  }
  report('records in etcd, one core for the nameserver', rows.map(figure));
}

function rowOf(measured: Measured): Row {
  return { ...measured };
}

/** One etcd, which gets more and more records. */
async function* measureShape(shape: Shape): AsyncGenerator<Measured, void> {
  await using stack = new AsyncDisposableStack();
  const folder = await folderFor(stack);
  const etcd = stack.adopt(await Etcd.start(ETCD_QUOTA), (one) => one.close());
  const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
  const empty = await emptyMemory(store);
  let [filled, json] = [0, 0];
  for (const records of SIZES) {
    await commitAll(store, recordsOf(shape, filled, records));
    json += jsonBytes(shape, filled, records);
    filled = records;
    yield await measure(shape, records, { store, folder, json, empty });
  }
}

async function emptyMemory(store: string): Promise<Memory> {
  const nameserver = await MeasuredNameserver.start(SERVER_CORE, ['--store', store]);
  try {
    return await nameserver.collect();
  } finally {
    await nameserver.end();
  }
}

interface Setting {
  readonly store: string;
  readonly folder: string;
  readonly json: number;
  readonly empty: Memory;
}

async function measure(
  shape: Shape,
  records: number,
  { store, folder, json, empty }: Setting,
): Promise<Measured> {
  const beyond = ({ resident }: Memory) => (resident - empty.resident - json) / records;
  const file = join(folder, 'questions');
  writeQuestionsFor(file, shape, records);
  const nameserver = await MeasuredNameserver.start(SERVER_CORE, ['--store', store]);
  try {
    const ready = { residentMiB: nameserver.resident / 2 ** 20, memory: await nameserver.collect() };
    const answers = await askAll(nameserver, file);
    const asked = await nameserver.collect();
    return {
      shape: shape.name,
      records,
      readySeconds: nameserver.startMs / 1_000,
      residentMiB: ready.residentMiB,
      bytesReady: beyond(ready.memory),
      bytesAsked: beyond(asked),
      pauseMs: asked.pauseMs,
      pauseEmptyMs: empty.pauseMs,
      ...answers,
    };
  } finally {
    await nameserver.end();
  }
}

type Answers = Pick<Measured, 'microseconds' | 'microsecondsFew' | 'perSecond' | 'anew' | 'wrong' | 'lost'>;

/** Each name once, so that its answer is finished; then few names and all of them in turns. */
async function askAll(nameserver: MeasuredNameserver, file: string): Promise<Answers> {
  const load = { port: nameserver.dns.port, over: 'udp' as const, questions: file, inFlight: 128 };
  const once = await askOnce(load);
  const few: Finishing[] = [];
  const all: Finishing[] = [];
  for (let round = 0; round < REPEATS; round += 1) {
    const crowd = { ...load, sockets: 8, seconds: SECONDS };
    few.push(await finishing(nameserver, () => runClient({ ...crowd, among: FEW })));
    all.push(await finishing(nameserver, () => runClient(crowd)));
  }
  const results = [once, ...few, ...all];
  return {
    microseconds: median(all.map(({ microseconds }) => microseconds)),
    microsecondsFew: median(few.map(({ microseconds }) => microseconds)),
    perSecond: median(all.map(({ answers, seconds }) => answers / seconds)),
    anew: median(all.map(({ anew }) => anew)),
    wrong: sum(results.map(({ wrong }) => wrong)),
    lost: sum(results.map(({ lost }) => lost)),
  };
}

interface Finishing extends Costing<LoadResult> {
  readonly anew: number;
}

async function finishing(nameserver: MeasuredNameserver, ask: () => Promise<LoadResult>): Promise<Finishing> {
  const finished = () => nameserver.metric(NAMESERVER_METRICS.finished.name);
  const before = await finished();
  const result = await costing(nameserver.pid, ask);
  return { ...result, anew: ((await finished()) - before) / result.answers };
}

function jsonBytes(shape: Shape, from: number, to: number): number {
  let bytes = 0;
  for (const { value } of recordsOf(shape, from, to)) bytes += Buffer.byteLength(value);
  return bytes;
}

function figure(row: Measured) {
  const value = [
    `ready in ${row.readySeconds.toFixed(2)} s`,
    `${row.residentMiB.toFixed(0)} MiB`,
    `${row.bytesReady.toFixed(0)} bytes a record beyond JSON, ${row.bytesAsked.toFixed(0)} with all answers`,
    `full collection ${ms(row.pauseMs)} (empty: ${ms(row.pauseEmptyMs)})`,
    `random names ${Math.round(row.perSecond)}/s, ${row.microseconds.toFixed(2)} µs, ${(row.microsecondsFew / row.microseconds).toFixed(2)} of ${FEW} names`,
    `${(row.anew * 100).toFixed(1)} % finished anew`,
    `${row.wrong} wrong, ${row.lost} lost`,
  ];
  return { what: `${row.shape}, ${row.records}`, value: value.join('; ') };
}
