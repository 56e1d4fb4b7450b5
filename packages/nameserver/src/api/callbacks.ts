import { describe, formatSocketAddress, type Log } from '@callsign/daemon';
import type { Registration } from '../zone/registered.ts';

const TIMEOUT_MS = 2_000;

/**
 * Tells everybody who asked for it that a service is gone, as SkyDNS 1 did: `DELETE
 * http://REPLY:PORT/skydns/callbacks/UUID` with the service as its body. One call each; who does not answer has
 * missed it. Nobody waits for them.
 *
 * @param shown the service as SkyDNS 1 shows it
 */
export function sendCallbacks({ service, name }: Registration, shown: object, log: Log): void {
  for (const { UUID, Reply, Port } of service.callsign.callbacks ?? []) {
    const url = `http://${formatSocketAddress({ host: Reply, port: Port })}/skydns/callbacks/${encodeURIComponent(UUID)}`;
    const body = JSON.stringify(shown);
    fetch(url, { method: 'DELETE', body, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' }).then(
      (response) => response.body?.cancel(),
      (error) => log.debug('a callback was not heard', { name, url, error: describe(error) }),
    );
  }
}
