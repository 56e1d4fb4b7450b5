import { CallsignError, OptionsError, printable } from '@callsign/daemon';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import type { Host } from '../command/host.ts';
import { NameserverApi, REST_OPTIONS, TOKEN_OPTION } from './nameserver-api.ts';

/** Exit code 1 when one of the names could not be removed; the others are. */
export const remove = defineCommand({
  name: 'remove',
  text: 'takes names away that were added',
  words: 'NAME…',
  options: () => ({ ...REST_OPTIONS, ...TOKEN_OPTION }),
  examples: [
    ['remove printer.lab.docker', 'one'],
    ['remove printer.lab.docker motd.dev.docker', 'several'],
  ],
  run: async (host, values, names) => {
    if (names.length === 0) throw new OptionsError(['NAME is needed; there may be several']);
    const api = new NameserverApi(host, values);
    const removed: boolean[] = [];
    for (const name of names) removed.push(await isRemoved(host, api, name));
    return removed.every(Boolean) ? EXIT.yes : EXIT.no;
  },
});

/** A name that cannot be removed keeps no other from it; a wrong token or address would fail for all. */
async function isRemoved(host: Host, api: NameserverApi, name: string): Promise<boolean> {
  try {
    await api.delete(`/v1/services/${encodeURIComponent(name)}`);
    host.print(printable(`${name} removed`));
    return true;
  } catch (error) {
    if (!(error instanceof CallsignError) || error.code !== 'SERVER_REFUSED') throw error;
    host.logLine(printable(`callsign remove: ${error.message}`));
    return false;
  }
}
