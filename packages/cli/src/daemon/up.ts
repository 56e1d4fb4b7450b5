import { formatSocketAddress } from '@callsign/daemon';
import type { Nameserver } from '@callsign/nameserver';
import { nameserverOptions } from '@callsign/nameserver/options';
import { registrarOptions, settingsOf } from '@callsign/registrar/options';
import { defineCommand } from '../command/command.ts';
import type { Host } from '../command/host.ts';
import { reachable } from '../command/reachable.ts';
import { STORE_ACCESS_OPTIONS } from '../command/store-access.ts';
import { runDaemon, starting } from './daemon.ts';
import { DAEMON_OPTIONS } from './daemon-options.ts';
import { createNameserver, nameserverSettings, openNameserverStore } from './nameserver.ts';
import { withPassedSockets } from './systemd.ts';

function upTable(hostname: string) {
  return {
    ...registrarOptions(hostname),
    ...nameserverOptions({ store: 'embedded', dns: '127.0.0.1:1053', http: '127.0.0.1:8053' }),
    ...STORE_ACCESS_OPTIONS,
    ...DAEMON_OPTIONS,
  };
}

/** All that a single Docker host needs. */
export const up = defineCommand({
  name: 'up',
  text: 'registrar, nameserver and an embedded store in one process',
  options: upTable,
  examples: [
    ['up', 'DNS on port 1053 of this machine, REST on 8053'],
    ['up --dns 172.17.0.1:53 --nameserver 9.9.9.9', "for all containers on Docker's default bridge"],
    ['up --domain lab.example --environment test', 'other names: web.test.lab.example'],
  ],
  run: async (host, given) => {
    const values = await withPassedSockets(host, given);
    const settings = await nameserverSettings(host, values);
    settingsOf(values); // told before anything is opened: options that do not fit together
    return runDaemon(host, values, {
      name: 'callsign',
      openStore: (log) => openNameserverStore(host, values, log),
      partsOf: async (means) => {
        const { Registrar } = await import('@callsign/registrar');
        const nameserver = await createNameserver(settings, means);
        const welcome = starting('welcome', () => greet(host, nameserver, values.domain[0] ?? 'docker.'));
        return [nameserver, welcome, new Registrar({ options: values, ...means })];
      },
    });
  },
});

/** What is served and how to try it, in lines that can be copied. */
function greet(host: Host, { dnsAddresses: [dns], httpAddresses: [http] }: Nameserver, domain: string): void {
  if (dns === undefined || http === undefined) return;
  const asked = reachable(dns);
  const api = `http://${formatSocketAddress(reachable(http))}`;
  const name = `web.dev.${domain.slice(0, -1)}`;
  host.print(
    `Callsign answers for ${domain} at ${formatSocketAddress(asked)} (DNS) and ${api} (REST, and a dashboard for browsers). Try it:`,
  );
  host.print(`  curl -X PUT ${api}/v1/services/${name} -d '{"host":"10.0.0.5","port":80}'`);
  host.print(`  dig @${asked.host} -p ${asked.port} ${name}`);
}
