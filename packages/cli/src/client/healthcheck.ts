import { formatSocketAddress, list, socketAddress } from '@callsign/daemon';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import { reachable } from '../command/reachable.ts';

const TIMEOUT_MS = 3_000;
const USUAL = { host: '', port: 8080 };

/** Exit code 0 or 1, for a container's HEALTHCHECK, which knows no others. */
export const healthcheck = defineCommand({
  name: 'healthcheck',
  text: 'asks a daemon whether it is ready',
  options: () => ({
    http: list({
      flag: 'http',
      value: 'ADDRESS:PORT',
      fallback: [':8080'],
      text: 'where the daemon serves /readyz; the first one, where there are several',
      parse: socketAddress(),
    }),
  }),
  examples: [['healthcheck --http 127.0.0.1:8053', 'is "callsign up" ready?']],
  run: async (host, { http: [first = USUAL] }) => {
    const at = formatSocketAddress(reachable(first));
    try {
      const response = await fetch(`http://${at}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      host.print((await response.text()).trim());
      return response.ok ? EXIT.yes : EXIT.no;
    } catch (error) {
      host.print(`no answer from http://${at}/readyz: ${String((error as Error).cause ?? error)}`);
      return EXIT.no;
    }
  },
});
