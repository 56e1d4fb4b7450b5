import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../test/support/ports.ts';
import { CALLSIGN, callsign, folderIn, type Running, type Server, withFolder, withServers } from './field.ts';
import { type Host, writeServed } from './names.ts';
import { PEERS, type Peer } from './peers.ts';
import { unboundIn } from './unbound.ts';

/** A resolver to compare with: how it is told to ask one upstream for every name, with one thread. */
interface Forwarder {
  readonly name: string;
  /** @returns the command that keeps it in the foreground */
  readonly prepare: (folder: string, port: number, upstream: number) => readonly string[];
}

/** More questions than the load ever has under way: nobody's limit is measured. */
const UNDER_WAY = 4_096;

const FORWARDERS: readonly Forwarder[] = [
  { name: 'dnsmasq as it comes, 150 names', prepare: dnsmasq() },
  { name: 'dnsmasq, 10,000 names', prepare: dnsmasq(10_000) },
  { name: 'dnsmasq without a cache', prepare: dnsmasq(0) },
  {
    name: 'unbound',
    prepare: (folder, port, upstream) => {
      const config = join(folder, 'unbound.conf');
      writeFileSync(
        config,
        `server:
  interface: 127.0.0.1@${port}
  num-threads: 1
  outgoing-range: ${2 * UNDER_WAY}
  num-queries-per-thread: ${UNDER_WAY}
  so-rcvbuf: 4m
  so-sndbuf: 4m
${unboundIn(folder)}
  do-not-query-localhost: no
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstream}
`,
      );
      return ['unbound', '-d', '-c', config];
    },
  },
  {
    name: CALLSIGN,
    prepare: (folder, port, upstream) => {
      const served = ['--domain', 'own.', '--store', `embedded:${join(folder, 'store.journal')}`];
      const at = ['--dns', `127.0.0.1:${port}`, '--http', '127.0.0.1:0'];
      return callsign(...served, ...at, '--nameserver', `127.0.0.1:${upstream}`);
    },
  },
];

/** Callsign and other forwarders on one core, before one upstream on the client's, which knows all hosts. */
export async function withForwarders(
  all: readonly Host[],
  work: (running: readonly Running[]) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const upstream = await upstreamWith(folder, all);
    const servers: Server[] = [];
    for (const { name, prepare } of FORWARDERS) {
      const port = await freePort();
      servers.push({ name, at: { port }, command: prepare(folderIn(folder, name), port, upstream.at.port) });
    }
    await withServers([upstream, ...servers], all.at(-1) as Host, ([, ...running]) => work(running));
  });
}

/** The quickest of the peers, beside those who ask. */
export async function upstreamWith(folder: string, all: readonly Host[]): Promise<Server> {
  const { prepare } = PEERS.find(({ name }) => name === 'nsd') as Peer;
  const at = { port: await freePort() };
  const command = prepare(folderIn(folder, 'upstream'), at, writeServed(folder, all));
  return { name: 'upstream', at, command, aside: true };
}

/** A full cache costs dnsmasq more with every name than asking does. @param cacheSize absent: its own default */
function dnsmasq(cacheSize?: number): Forwarder['prepare'] {
  return (_folder, port, upstream) => [
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    `--server=127.0.0.1#${upstream}`,
    ...(cacheSize === undefined ? [] : [`--cache-size=${cacheSize}`]),
    `--dns-forward-max=${UNDER_WAY}`,
    '--listen-address=127.0.0.1',
    '--bind-interfaces',
    `--port=${port}`,
    '--user=root',
    '--pid-file=',
  ];
}
