import { randomBytes } from 'node:crypto';
import { silentLog } from '@callsign/daemon';
import { type Exchange, MAX_MESSAGE } from '@callsign/dns';
import { DnsCounters, Zone, ZoneResponder } from '@callsign/nameserver';
import { report } from './support/figures.ts';
import { median } from './support/statistics.ts';

const ROUNDS = 15;
const ANSWERS = 200_000;

const HEAD = '0007010000010000000000';
const QUESTION = '03776562 06646f636b6572 00 0001 0001';
const OPT = '00 0029 04d0 00000000';

/** The kinds of question that cost differently, as packets. */
const QUESTIONS: Readonly<Record<string, string>> = {
  plain: `${HEAD} 00 ${QUESTION}`,
  EDNS: `${HEAD} 01 ${QUESTION} ${OPT} 0000`,
  'EDNS, cookie': `${HEAD} 01 ${QUESTION} ${OPT} 000c 000a 0008 ${randomBytes(8).toString('hex')}`,
};

/** Processor time that one compiled answer takes from packet to packet, without any socket. */
export async function answers(): Promise<void> {
  const responder = new ZoneResponder({ log: silentLog, counters: new DnsCounters(), domains: ['docker.'] });
  const entries = [{ key: 'docker/web', value: '{"host":"10.0.0.1"}', revision: 1 }];
  responder.publish(
    Zone.of(
      { revision: 1, entries },
      { domains: ['docker.'], ttl: 30, negativeTtl: 5, onRefused: () => undefined },
    ),
  );
  const kinds = Object.entries(QUESTIONS).map(([what, hex]) => {
    return { what, packet: Buffer.from(hex.replaceAll(' ', ''), 'hex'), rounds: [] as number[] };
  });
  // In turn, so that a busy moment of the machine falls on all of them.
  for (let left = ROUNDS; left > 0; left -= 1) {
    for (const { packet, rounds } of kinds) rounds.push(nanoseconds(responder, packet));
  }
  const figures = kinds.map(({ what, rounds }) => ({
    what,
    value: `${median(rounds).toFixed(0)} ns, at best ${Math.min(...rounds).toFixed(0)} ns`,
  }));
  report('one compiled answer, from packet to packet, processor time', figures);
}

function nanoseconds(responder: ZoneResponder, packet: Buffer): number {
  const reply = Buffer.alloc(MAX_MESSAGE);
  const exchange: Exchange = { transport: 'udp', peer: '192.0.2.1', defer: () => () => undefined };
  const start = process.threadCpuUsage();
  for (let left = ANSWERS; left > 0; left -= 1) responder.respond(packet, packet.length, reply, exchange);
  const { user, system } = process.threadCpuUsage(start);
  return ((user + system) * 1_000) / ANSWERS;
}
