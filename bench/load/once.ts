import { type ClientResult, runClient } from './field.ts';
import type { Load } from './load.ts';

const AT_MOST_SECONDS = 120;

/** Asks each question once over UDP, so that its answer is finished. */
export async function askOnce({ port, questions }: Pick<Load, 'port' | 'questions'>): Promise<ClientResult> {
  const all = { once: true, sockets: 1, inFlight: 128, seconds: AT_MOST_SECONDS };
  return await runClient({ ...all, over: 'udp', port, questions });
}
