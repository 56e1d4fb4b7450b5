import { join } from 'node:path';
import { openStore } from '@callsign/catalog';
import { Authority, type PemFiles } from '../test/support/certificates.ts';
import { Engine } from '../test/support/engine.ts';
import { Etcd } from '../test/support/etcd.ts';
import { freePort } from '../test/support/ports.ts';
import { GOALS } from './growth/goals.ts';
import type { Point } from './growth/turns.ts';
import type { GrownZone } from './growth/zone.ts';
import { SERVER_CORE, stepAside } from './load/cores.ts';
import { askOnce } from './load/once.ts';
import { commitAll } from './load/store.ts';
import { progress, report } from './support/figures.ts';
import { prepareFirstAnswers } from './support/first-answers.ts';
import { folderFor } from './support/folder.ts';
import { keep, type Row } from './support/kept.ts';
import { MeasuredNameserver } from './support/measured.ts';
import { ETCD_QUOTA, FLAT, recordsOf, SIZES, writeQuestionsFor } from './support/shapes.ts';

/** What more records do to every goal that `scale` does not measure. */
export async function growth(): Promise<void> {
  using _aside = stepAside();
  await using stack = new AsyncDisposableStack();
  const setting = await prepare(stack);
  const rows: Record<string, Row[]> = {};
  let filled = 0;
  for (const records of SIZES) {
    await commitAll(setting.address, recordsOf(FLAT, filled, records));
    filled = records;
    await measureAll(setting, records, (goal, points) => {
      rows[goal] = [...(rows[goal] ?? []), ...points.map((point) => ({ records, ...point }))];
      keep(`growth-${goal}`, rows[goal]);
      progress(`${records} records, ${goal}: ${points.map(textOf).join(', ')}`);
    });
  }
  tell(rows);
}

/** What all sizes share. */
type Setting = Pick<GrownZone, 'address' | 'store' | 'engine' | 'questions'> & {
  readonly certificate: PemFiles;
};

async function prepare(stack: AsyncDisposableStack): Promise<Setting> {
  const folder = await folderFor(stack);
  const authority = stack.adopt(await Authority.make(), (one) => one.close());
  const engine = stack.adopt(await Engine.start(), (one) => one.stop());
  await prepareFirstAnswers(engine);
  const etcd = stack.adopt(await Etcd.start(ETCD_QUOTA), (one) => one.close());
  const address = `etcd://127.0.0.1:${etcd.port}/skydns`;
  const store = stack.adopt(await openStore(address), (one) => one.close());
  const certificate = await authority.issue('bench');
  return { address, store, engine, certificate, questions: join(folder, 'questions') };
}

async function measureAll(
  { certificate, ...setting }: Setting,
  records: number,
  heard: (goal: string, points: readonly Point[]) => void,
): Promise<void> {
  const { address, questions } = setting;
  writeQuestionsFor(questions, FLAT, records);
  const tlsPort = await freePort();
  const { cert, key } = certificate;
  const tls = ['--dot', `127.0.0.1:${tlsPort}`, '--tls-cert', cert, '--tls-key', key];
  const nameserver = await MeasuredNameserver.start(SERVER_CORE, ['--store', address, ...tls]);
  try {
    await askOnce({ port: nameserver.dns.port, questions });
    const zone = { ...setting, records, nameserver, tlsPort };
    for (const [goal, measure] of Object.entries(GOALS)) heard(goal, await measure(zone));
  } finally {
    await nameserver.end();
  }
}

function tell(rows: Readonly<Record<string, readonly Row[]>>): void {
  for (const [goal, all] of Object.entries(rows)) {
    const figures = all.map(({ records, what, value }) => ({
      what: `${records} records, ${what}`,
      value: Number(value).toFixed(2),
    }));
    report(`${goal}, by the number of records`, figures);
  }
}

function textOf({ what, value }: Point): string {
  return `${what} ${value.toFixed(2)}`;
}
