import type { Load } from './load.ts';
import { type Host, hosts, questionsFor } from './names.ts';
import { ZONE } from './peers.ts';

const NAMES = hosts(1_000);
/** Every name that is asked for once is below this one; its first label has eight digits. */
const ANYTHING: Host = { name: `*.any.${ZONE}`, address: '10.99.99.99' };
const ONCE: Host = { ...ANYTHING, name: `00000000.any.${ZONE}` };

/** So few under way that they have room in the buffer of everybody's socket. */
const ASKED = { over: 'udp', seconds: 3, sockets: 8, inFlight: 32 } as const;

/** What an upstream has to know. */
export const FORWARDED: readonly Host[] = [ANYTHING, ...NAMES];

/** Names of others, asked for again and again, which forwarders have kept. */
export function askKept(port: number): Load {
  return { ...ASKED, port, questions: questionsFor(NAMES) };
}

/** Names of others, each asked for once. What dnsmasq takes for a question grows with how many others are under way. */
export function askUnheard(port: number): Load {
  return { ...ASKED, inFlight: 4, distinct: true, port, questions: questionsFor([ONCE]) };
}
