import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PemFiles } from '../../test/support/certificates.ts';
import { CC, pathOf } from '../../test/support/parts.ts';
import { unboundIn } from './unbound.ts';

/** A name server to compare with: how it is told to serve one zone file on loopback with one thread. */
export interface Peer {
  readonly name: string;
  /** True: it answers over TCP with questions under way, and is measured there. */
  readonly streams?: true;
  /** True: it knows DNS over TLS. */
  readonly tls?: true;
  /** Writes what it needs into its own folder. @returns the command that keeps it in the foreground */
  readonly prepare: (folder: string, at: At, served: Served) => readonly string[];
}

/** Where a server answers on loopback. */
export interface At {
  /** The number of its port for UDP and TCP. */
  readonly port: number;
  /** Absent: not over TLS. */
  readonly tls?: PemFiles & { readonly port: number };
}

/** The same names twice: as a master file, and as hosts(5) for whom reads no master files. */
export interface Served {
  readonly zoneFile: string;
  readonly hostsFile: string;
}

/** The zone that everybody serves. */
export const ZONE = 'bench.';

const BARE_LOOP = fileURLToPath(new URL('./bare.c', import.meta.url));

export const PEERS: readonly Peer[] = [
  {
    name: 'knot',
    streams: true,
    prepare: (folder, { port }, { zoneFile }) => {
      const config = join(folder, 'knot.conf');
      writeFileSync(
        config,
        `server:
  listen: 127.0.0.1@${port}
  rundir: ${folder}
  user: root:root
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: ${folder}
zone:
  - domain: ${ZONE}
    file: ${zoneFile}
    zonefile-sync: -1
    semantic-checks: off
`,
      );
      return ['knotd', '-c', config];
    },
  },
  {
    name: 'nsd',
    streams: true,
    tls: true,
    prepare: (folder, { port, tls }, { zoneFile }) => {
      const config = join(folder, 'nsd.conf');
      writeFileSync(
        config,
        `server:
  ip-address: 127.0.0.1@${port}
${lines(tls && [`ip-address: 127.0.0.1@${tls.port}`, `tls-port: ${tls.port}`, `tls-service-key: ${tls.key}`, `tls-service-pem: ${tls.cert}`])}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${ZONE}
  zonefile: ${zoneFile}
`,
      );
      return ['nsd', '-d', '-c', config];
    },
  },
  {
    name: 'unbound',
    streams: true,
    tls: true,
    prepare: (folder, { port, tls }, { zoneFile }) => {
      const config = join(folder, 'unbound.conf');
      writeFileSync(
        config,
        `server:
  interface: 127.0.0.1@${port}
${lines(tls && [`interface: 127.0.0.1@${tls.port}`, `tls-port: ${tls.port}`, `tls-service-key: ${tls.key}`, `tls-service-pem: ${tls.cert}`])}
  num-threads: 1
  incoming-num-tcp: 100
${unboundIn(folder)}
remote-control:
  control-enable: no
auth-zone:
  name: ${ZONE}
  zonefile: ${zoneFile}
  for-downstream: yes
  for-upstream: no
`,
      );
      return ['unbound', '-d', '-c', config];
    },
  },
  {
    name: 'bind9',
    streams: true,
    tls: true,
    prepare: (folder, { port, tls }, { zoneFile }) => {
      const config = join(folder, 'named.conf');
      mkdirSync(join(folder, 'work'));
      writeFileSync(
        config,
        `${tls ? `tls own { cert-file "${tls.cert}"; key-file "${tls.key}"; };` : ''}
options {
  directory "${folder}/work";
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  ${tls ? `listen-on port ${tls.port} tls own { 127.0.0.1; };` : ''}
  listen-on-v6 { none; };
  recursion no;
  minimal-responses yes;
  querylog no;
};
controls { };
zone "${ZONE}" { type primary; file "${zoneFile}"; };
`,
      );
      return ['named', '-g', '-n', '1', '-c', config];
    },
  },
  {
    name: 'dnsmasq',
    prepare: (_folder, { port }, { hostsFile }) => [
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      `--addn-hosts=${hostsFile}`,
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      `--port=${port}`,
      '--user=root',
      '--pid-file=',
    ],
  },
  {
    name: 'pdns',
    prepare: (folder, { port }, { zoneFile }) => {
      const binds = join(folder, 'named.conf');
      writeFileSync(binds, `zone "${ZONE}" { type native; file "${zoneFile}"; };\n`);
      return [
        'pdns_server',
        '--no-config',
        '--daemon=no',
        '--guardian=no',
        `--socket-dir=${folder}`,
        '--local-address=127.0.0.1',
        `--local-port=${port}`,
        '--launch=bind',
        `--bind-config=${binds}`,
        '--receiver-threads=1',
        '--distributor-threads=1',
        '--loglevel=3',
      ];
    },
  },
  {
    name: 'bare C loop',
    prepare: (folder, { port }, { hostsFile }) => {
      const program = join(folder, 'bare');
      execFileSync(pathOf(CC), ['-O2', '-Wall', '-Werror', '-o', program, BARE_LOOP]);
      return [program, String(port), hostsFile];
    },
  },
];

function lines(all: readonly string[] = []): string {
  return all.map((line) => `  ${line}`).join('\n');
}
