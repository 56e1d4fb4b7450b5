import { formatSocketAddress, list, socketAddress, toggle } from '@callsign/daemon';
import { daemonOptions, showHelp } from './common.ts';
import type { Command } from './host.ts';
import { reachable } from './reachable.ts';

const TIMEOUT_MS = 3_000;

export const HEALTHCHECK_TABLE = {
  http: list({
    flag: 'http',
    value: 'ADDRESS:PORT',
    fallback: [':8080'],
    text: 'where the daemon serves /readyz; the first one, where there are several',
    parse: socketAddress(),
  }),
  help: toggle({ flag: 'help', short: 'h', text: 'show this help' }),
};

/** Asks a daemon whether it is ready: exit code 0 or 1, for a container's HEALTHCHECK. */
export const healthcheck: Command = async (host) => {
  const values = daemonOptions(host, HEALTHCHECK_TABLE);
  if (values.help)
    return showHelp(host, 'healthcheck: exit code 0 when the daemon is ready', HEALTHCHECK_TABLE);
  const at = formatSocketAddress(reachable(values.http));
  try {
    const response = await fetch(`http://${at}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    host.print((await response.text()).trim());
    return response.ok ? 0 : 1;
  } catch (error) {
    host.print(`no answer from http://${at}/readyz: ${String((error as Error).cause ?? error)}`);
    return 1;
  }
};
