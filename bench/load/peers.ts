import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CC, pathOf } from '../../test/support/parts.ts';

/** A name server to compare with: how it is told to serve one zone file on loopback with one thread. */
export interface Peer {
  readonly name: string;
  /** Writes what it needs into its own folder. @returns the command that keeps it in the foreground */
  readonly prepare: (folder: string, port: number, served: Served) => readonly string[];
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
    prepare: (folder, port, { zoneFile }) => {
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
    prepare: (folder, port, { zoneFile }) => {
      const config = join(folder, 'nsd.conf');
      writeFileSync(
        config,
        `server:
  ip-address: 127.0.0.1@${port}
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
    prepare: (folder, port, { zoneFile }) => {
      const config = join(folder, 'unbound.conf');
      writeFileSync(
        config,
        `server:
  interface: 127.0.0.1@${port}
  num-threads: 1
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: "${folder}/unbound.pid"
  do-daemonize: no
  use-syslog: no
  logfile: "${folder}/log"
  module-config: "iterator"
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
    prepare: (folder, port, { zoneFile }) => {
      const config = join(folder, 'named.conf');
      mkdirSync(join(folder, 'work'));
      writeFileSync(
        config,
        `options {
  directory "${folder}/work";
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  listen-on port ${port} { 127.0.0.1; };
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
    prepare: (_folder, port, { hostsFile }) => [
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
    prepare: (folder, port, { zoneFile }) => {
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
    prepare: (folder, port, { hostsFile }) => {
      const program = join(folder, 'bare');
      execFileSync(pathOf(CC), ['-O2', '-Wall', '-Werror', '-o', program, BARE_LOOP]);
      return [program, String(port), hostsFile];
    },
  },
];
