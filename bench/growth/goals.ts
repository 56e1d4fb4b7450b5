import { Callsign } from '../../test/support/process.ts';
import { measureSetting, SHARED } from '../cores.ts';
import { SERVER_CORE } from '../load/cores.ts';
import { costing } from '../load/costing.ts';
import { runClient, withServers } from '../load/field.ts';
import { askKept, askUnheard, FORWARDED } from '../load/forwarded.ts';
import { upstreamWith } from '../load/forwarders.ts';
import type { Load } from '../load/load.ts';
import type { Host } from '../load/names.ts';
import { askWhileChanging, CHANGES } from '../support/changing.ts';
import { firstAnswers } from '../support/first-answers.ts';
import { folderFor } from '../support/folder.ts';
import { Listing } from '../support/listing.ts';
import { MeasuredNameserver } from '../support/measured.ts';
import { ended } from '../support/parts.ts';
import { Probe } from '../support/probe.ts';
import { median, percentile } from '../support/statistics.ts';
import { type Asking, runSteady } from '../support/steady.ts';
import { type Point, takeTurns } from './turns.ts';
import type { GrownZone } from './zone.ts';

const RATES = [20_000, 50_000];
const BUSY_RATE = 20_000;
const CHANGING_RATE = 25_000;
const SECONDS = 2;
const CONTAINERS = 100;

/** The goals whose figures may depend on how many records there are, by the names of their plots. */
export const GOALS: Readonly<Record<string, (zone: GrownZone) => Promise<readonly Point[]>>> = {
  latency,
  streams,
  forwarded,
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
  return await takeTurns(
    RATES.map((rate) => ({ what: `${rate.toLocaleString('en')}/s`, measure: () => p99(rate) })),
  );
}

/** Processor time for an answer over connections, microseconds. */
async function streams({ nameserver, questions, tlsPort }: GrownZone): Promise<Point[]> {
  const asked = { questions, seconds: SECONDS, sockets: 8, inFlight: 64 };
  const { pid, dns } = nameserver;
  return await takeTurns([
    { what: 'TCP', measure: () => costOf(pid, { ...asked, over: 'tcp', port: dns.port }) },
    { what: 'TLS', measure: () => costOf(pid, { ...asked, over: 'tls', port: tlsPort }) },
  ]);
}

/** Processor time for an answer of somebody else's to whom the question is passed on, microseconds. */
async function forwarded({ address }: GrownZone): Promise<Point[]> {
  await using stack = new AsyncDisposableStack();
  const upstream = await upstreamWith(await folderFor(stack), FORWARDED);
  return await withServers([upstream], FORWARDED.at(-1) as Host, async () => {
    const passing = ['--nameserver', `127.0.0.1:${upstream.at.port}`];
    const starting = MeasuredNameserver.start(SERVER_CORE, ['--store', address, ...passing]);
    const { pid, dns } = stack.adopt(await starting, (one) => one.end());
    return await takeTurns([
      { what: 'from the cache', measure: () => costOf(pid, askKept(dns.port)) },
      { what: 'not in the cache', measure: () => costOf(pid, askUnheard(dns.port)) },
    ]);
  });
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
    { what: 'p50', value: median(started) },
    { what: 'p99', value: percentile(started, 0.99) },
  ];
}

/** Processor time for an answer by one thread and by two, microseconds. */
async function cores({ address, questions }: GrownZone): Promise<Point[]> {
  const plans = SHARED.map((setting) => ({
    what: setting.threads === '1' ? 'one thread' : 'two threads',
    measure: async () => (await measureSetting(address, setting, questions)).server,
  }));
  // Each is warmed up by itself: it is another process every time.
  return await takeTurns(plans, 0);
}

async function quietAndNot(asking: Asking, what: string, measure: () => Promise<number>): Promise<Point[]> {
  const quiet = async () => (await runSteady(asking)).p99;
  return await takeTurns([
    { what: 'quiet', measure: quiet },
    { what, measure },
  ]);
}

/** Microseconds of a server's processor time for an answer. */
async function costOf(pid: number, load: Load): Promise<number> {
  return (await costing(pid, () => runClient(load))).microseconds;
}
