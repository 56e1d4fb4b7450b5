import { Authority } from '../test/support/certificates.ts';
import { withField } from './load/authoritative.ts';
import type { Running } from './load/field.ts';
import type { Load } from './load/load.ts';
import { figures, inTurns } from './load/measure.ts';
import { hosts, questionsFor } from './load/names.ts';
import { PEERS } from './load/peers.ts';
import { report } from './support/figures.ts';

const NAMES = 1_000;
const ASKED = { seconds: 3, sockets: 8, inFlight: 64 };

/** The same over connections with dozens of questions under way on each: TCP, and TLS where it is spoken. */
export async function streams(): Promise<void> {
  const authority = await Authority.make();
  try {
    const certificate = await authority.issue('bench');
    const peers = PEERS.filter((peer) => peer.streams);
    await withField(hosts(NAMES), measureStreams, { peers, certificate });
  } finally {
    await authority.close();
  }
}

async function measureStreams(running: readonly Running[]): Promise<void> {
  const questions = questionsFor(hosts(NAMES));
  const { sockets, inFlight } = ASKED;
  const how = `${sockets} connections with ${inFlight} questions under way on each`;
  const tcp = ({ at }: Running): Load => ({ ...ASKED, over: 'tcp', port: at.port, questions });
  report(`TCP, ${how}`, figures(running, await inTurns(running, tcp)));
  const spoken = running.filter(({ at }) => at.tls !== undefined);
  const tls = ({ at }: Running): Load => ({ ...ASKED, over: 'tls', port: at.tls?.port ?? 0, questions });
  report(`TLS, ${how}`, figures(spoken, await inTurns(spoken, tls)));
}
