import { withField } from './load/authoritative.ts';
import { figures, inTurns } from './load/measure.ts';
import { hosts, questionsFor } from './load/names.ts';
import { report } from './support/figures.ts';

const NAMES = 1_000;
const ASKED = { over: 'udp', seconds: 3, sockets: 8, inFlight: 128 } as const;

/** Answers per second and processor time per answer, of Callsign and its peers, in turns on the same core. */
export async function throughput(): Promise<void> {
  const all = hosts(NAMES);
  const questions = questionsFor(all);
  await withField(all, async (running) => {
    const medians = await inTurns(running, ({ at }) => ({ ...ASKED, port: at.port, questions }));
    report(
      `UDP, ${NAMES} names, one core each for server and client, ratios of answers per processor time`,
      figures(running, medians),
    );
  });
}
