import { silentLog } from '@callsign/daemon';
import { type Exchange, MAX_MESSAGE } from '@callsign/dns';
import { DnsCounters, Zone, ZoneResponder } from '@callsign/nameserver';
import { encode } from 'dns-packet';
import { ms, report } from './support/figures.ts';
import { keep, type Row } from './support/kept.ts';
import { median, percentile } from './support/statistics.ts';

const SIZES = [10, 1_000, 10_000, 100_000];
const CHANGES = 2_000;

/**
 * What a change below a name with many addresses costs, and what the next question for that name does, in the thread
 * that has the zone: between two changes nobody else's answer is worked out.
 */
export async function ancestor(): Promise<void> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const { changes, questions } = measure(size);
    rows.push(row(size, 'change', changes), row(size, 'question', questions));
    report(`a name with ${size} addresses, ${CHANGES} changes below it, a question after each`, [
      { what: 'change', value: `p50 ${micro(changes, 0.5)}, p99 ${micro(changes, 0.99)}` },
      { what: 'question', value: `p50 ${micro(questions, 0.5)}, p99 ${micro(questions, 0.99)}` },
      { what: 'longest question', value: ms(Math.max(...questions)) },
    ]);
  }
  keep('ancestor', rows);
}

function row(addresses: number, what: string, times: readonly number[]): Row {
  return { addresses, what, microseconds: median(times) * 1_000 };
}

function measure(size: number) {
  const zone = Zone.of(
    { revision: 1, entries: Array.from({ length: size }, (_, at) => entry(at, 1)) },
    OPTIONS,
  );
  const responder = new ZoneResponder({ log: silentLog, counters: new DnsCounters(), domains: ['docker.'] });
  responder.publish(zone);
  const reply = Buffer.alloc(MAX_MESSAGE);
  const changes: number[] = [];
  const questions: number[] = [];
  for (let revision = 2; revision < CHANGES + 2; revision += 1) {
    const change = { kind: 'put', entry: entry(revision % size, revision) } as const;
    changes.push(timed(() => zone.apply({ revision, changes: [change] })));
    questions.push(timed(() => responder.respond(QUESTION, QUESTION.length, reply, EXCHANGE)));
  }
  return { changes, questions };
}

const OPTIONS = { domains: ['docker.'], ttl: 30, negativeTtl: 5, onRefused: () => undefined };
const EXCHANGE: Exchange = { transport: 'udp', peer: '192.0.2.1', defer: () => () => undefined };
const QUESTION = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'web.dev.docker' }] });

function entry(at: number, revision: number) {
  const key = `docker/dev/web/web${at}/default/node1/${at.toString(16).padStart(12, '0')}`;
  const host = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
  return { key, value: JSON.stringify({ host, port: 80 + (revision % 2) }), revision };
}

function timed(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

function micro(times: readonly number[], share: number): string {
  return `${(percentile(times, share) * 1_000).toFixed(0)} µs`;
}
