import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DNSMASQ, type Part, UNBOUND } from '../../support/parts.ts';

/** A resolver of another make that asks us, on a port of its own at 127.0.0.1. */
export interface Cache {
  readonly what: string;
  readonly part: Part;
  readonly port: number;
  /** Its arguments; what it reads is written to the folder. */
  readonly setUp: (folder: string) => Promise<readonly string[]>;
}

/** All of them ask 127.0.0.1:53 for what is below `docker`, and for whose addresses 10.0.0.0/8 are. */
export const CACHES: readonly Cache[] = [
  {
    what: 'unbound that forwards',
    part: UNBOUND,
    port: 5301,
    setUp: (folder) => unbound(folder, 5301, 'iterator', 'forward', []),
  },
  {
    what: 'unbound with a stub zone, minimised names, letters of any case and validation',
    part: UNBOUND,
    port: 5302,
    setUp: (folder) =>
      unbound(folder, 5302, 'validator iterator', 'stub', [
        'qname-minimisation-strict: yes',
        'use-caps-for-id: yes',
        'harden-below-nxdomain: yes',
        'domain-insecure: "docker"',
      ]),
  },
  { what: 'dnsmasq', part: DNSMASQ, port: 5303, setUp: async () => dnsmasq(5303) },
];

async function unbound(
  folder: string,
  port: number,
  modules: string,
  kind: 'forward' | 'stub',
  more: readonly string[],
): Promise<readonly string[]> {
  const server = [
    `interface: 127.0.0.1@${port}`,
    `directory: "${folder}"`,
    'chroot: ""',
    'username: ""',
    'pidfile: ""',
    'use-syslog: no',
    'do-not-query-localhost: no',
    `module-config: "${modules}"`,
    'local-zone: "10.in-addr.arpa" nodefault',
    ...more,
  ];
  const zones = ['docker', '10.in-addr.arpa'].flatMap((zone) => [
    `${kind}-zone:`,
    `  name: "${zone}"`,
    `  ${kind}-addr: 127.0.0.1`,
  ]);
  const lines = ['server:', ...server.map((line) => `  ${line}`), ...zones, ''];
  const path = join(folder, `unbound-${port}.conf`);
  await writeFile(path, lines.join('\n'));
  return ['-d', '-c', path];
}

function dnsmasq(port: number): readonly string[] {
  return [
    ...['--no-daemon', '--conf-file=/dev/null', '--pid-file=', '--no-resolv', '--no-hosts'],
    ...['--listen-address=127.0.0.1', '--bind-interfaces', `--port=${port}`],
    ...['--server=/docker/127.0.0.1', '--rev-server=10.0.0.0/8,127.0.0.1'],
  ];
}
