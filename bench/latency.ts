import { type Running, runClient, withField } from './load/field.ts';
import { type Host, hosts, questionsFor } from './load/names.ts';
import { ms, progress, report } from './support/figures.ts';

const NAMES = 1_000;
const RATES = [1_000, 20_000, 50_000];
const SECONDS = 3;

/** How long an answer takes at questions that come at a fixed rate, of Callsign and its peers. */
export async function latency(): Promise<void> {
  const all = hosts(NAMES);
  await withField(all, async (running) => {
    for (const rate of RATES) {
      const figures = [];
      for (const server of running) figures.push(await measure(server, rate, all));
      report(`UDP at ${rate} questions a second, one core each for server and client`, figures);
      progress(`${rate} a second: done`);
    }
  });
}

async function measure({ name, port }: Running, rate: number, all: readonly Host[]) {
  const load = { port, questions: questionsFor(all), seconds: SECONDS, sockets: 8, inFlight: 4_096, rate };
  const { latency: seen, lost, wrong } = await runClient(load);
  const { p50 = Number.NaN, p99 = Number.NaN, p999 = Number.NaN } = seen ?? {};
  const value = `p50 ${ms(p50)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, ${wrong} wrong, ${lost} lost`;
  return { what: name, value };
}
