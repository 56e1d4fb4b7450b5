import { formatSocketAddress, list, socketAddress } from '@callsign/daemon';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import { reachable } from '../command/reachable.ts';
import { probe } from '../doctor/http-probe.ts';

const READY = '/readyz';
const USUAL = { host: '', port: 8080 };

/**
 * Exit code 0 or 1, for a container's HEALTHCHECK, which knows no others. Not by fetch: that asks at no port number that
 * browsers do not trust, as 10080 (Fetch Standard, "port blocking").
 */
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
    const at = reachable(first);
    const answer = await probe({ ...at, path: READY });
    if (answer.kind === 'silence')
      host.print(`no answer from http://${formatSocketAddress(at)}${READY}: ${answer.code}`);
    else host.print(answer.body.trim());
    return answer.kind === 'answer' && answer.status === 200 ? EXIT.yes : EXIT.no;
  },
});
