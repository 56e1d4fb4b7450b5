import type { Running } from './load/field.ts';
import { withForwarders } from './load/forwarders.ts';
import type { Load } from './load/load.ts';
import { figures, inTurns } from './load/measure.ts';
import { hosts, questionsFor } from './load/names.ts';
import { ZONE } from './load/peers.ts';
import { report } from './support/figures.ts';

const NAMES = 1_000;
/** So few under way that they have room in the buffer of everybody's socket. */
const CACHED = { over: 'udp', seconds: 3, sockets: 8, inFlight: 32 } as const;
/** What dnsmasq takes for one question grows with how many others are under way. */
const DISTINCT = { ...CACHED, inFlight: 4, distinct: true };

/** Every name that is asked for once is below this one; its first label has eight digits. */
const ANYTHING = { name: `*.any.${ZONE}`, address: '10.99.99.99' };
const ONCE = { ...ANYTHING, name: `00000000.any.${ZONE}` };

/** Names of others: asked for again and again, which forwarders have kept, and each asked for once. */
export async function forwarding(): Promise<void> {
  const known = hosts(NAMES);
  await withForwarders([ANYTHING, ...known], async (running) => {
    const load = ({ at }: Running): Load => ({ ...CACHED, port: at.port, questions: questionsFor(known) });
    const kept = figures(running, await inTurns(running, load));
    report(`forwarded, ${NAMES} names from the cache`, kept);
    const once = ({ at }: Running): Load => ({ ...DISTINCT, port: at.port, questions: questionsFor([ONCE]) });
    const asked = figures(running, await inTurns(running, once));
    report('forwarded, every name another one', asked);
  });
}
