import { askKept, askUnheard, FORWARDED } from './load/forwarded.ts';
import { withForwarders } from './load/forwarders.ts';
import { figures, inTurns } from './load/measure.ts';
import { report } from './support/figures.ts';

/** Names of others, beside other forwarders. */
export async function forwarding(): Promise<void> {
  await withForwarders(FORWARDED, async (running) => {
    const kept = figures(running, await inTurns(running, ({ at }) => askKept(at.port)));
    report('forwarded, 1,000 names from the cache', kept);
    const asked = figures(running, await inTurns(running, ({ at }) => askUnheard(at.port)));
    report('forwarded, every name another one', asked);
  });
}
