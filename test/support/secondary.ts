import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SocketAddress } from '@callsign/daemon';
import { Child } from './child.ts';
import { ask } from './dig.ts';
import { ownedFolder } from './owned.ts';
import { KNOTD, NSD, pathOf } from './parts.ts';
import { eventually } from './wait.ts';

/** What the secondaries and their primary sign with, and the file that tells it. */
export const XFR_KEY = {
  name: 'xfr',
  secret: 'c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I=',
  file: 'key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I="; };\n',
} as const;

export type SecondaryKind = 'knotd' | 'nsd';

interface Setup {
  readonly zone: string;
  readonly directory: string;
  readonly port: number;
  readonly primary: SocketAddress;
}

/** A real server of another make that has one zone from a primary of ours, by AXFR and TSIG. */
export class Secondary implements AsyncDisposable {
  readonly kind: SecondaryKind;
  readonly address: SocketAddress;
  readonly #directory: string;
  readonly #child: Child;

  private constructor(kind: SecondaryKind, setup: Setup) {
    this.kind = kind;
    this.address = { host: '127.0.0.1', port: setup.port };
    this.#directory = setup.directory;
    const { args, part } = MAKES[kind];
    this.#child = new Child(pathOf(part), args(setup), { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  static async start(
    kind: SecondaryKind,
    zone: string,
    port: number,
    primary: SocketAddress,
  ): Promise<Secondary> {
    const directory = await ownedFolder(kind);
    const setup = { zone, directory, port, primary };
    await mkdir(join(directory, 'db'));
    await writeFile(join(directory, 'conf'), MAKES[kind].config(setup));
    return new Secondary(kind, setup);
  }

  /** What it has said, for a failed test's message. */
  get said(): string {
    return this.#child.lines.join('\n');
  }

  /** The serial of the zone as it has it; waits until it has one that is good enough. */
  async serial(zone: string, atLeast: number): Promise<number> {
    const check = async () => {
      const { answer } = await ask(this.address, zone, 'SOA');
      const serial = Number(answer[0]?.split(' ')[6]);
      if (!(serial >= atLeast))
        throw new Error(`${this.kind} has ${zone} at ${serial}, not ${atLeast}:\n${this.said}`);
      return serial;
    };
    // Starting dig keeps this process from sending what is waited for: it is asked now and then.
    return await eventually(check, 100_000, 200);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end('SIGTERM');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

const MAKES = {
  knotd: {
    part: KNOTD,
    args: ({ directory }: Setup) => ['-c', join(directory, 'conf')],
    config: ({ zone, directory, port, primary }: Setup) => `
server:
    rundir: ${directory}
    user: ${userName()}
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-remote-io-timeout: 60000
log:
  - target: stderr
    any: info
database:
    storage: ${directory}/db
key:
  - id: ${XFR_KEY.name}
    algorithm: hmac-sha256
    secret: ${XFR_KEY.secret}
remote:
  - id: primary
    address: ${primary.host}@${primary.port}
    key: ${XFR_KEY.name}
acl:
  - id: notify
    address: 127.0.0.1
    key: ${XFR_KEY.name}
    action: notify
zone:
  - domain: ${zone}
    storage: ${directory}
    master: primary
    acl: notify
    zonefile-sync: -1
    journal-content: none
`,
  },
  nsd: {
    part: NSD,
    args: ({ directory }: Setup) => ['-d', '-c', join(directory, 'conf')],
    config: ({ zone, directory, port, primary }: Setup) => `
server:
  ip-address: 127.0.0.1
  port: ${port}
  username: ""
  zonesdir: "${directory}"
  zonelistfile: "${directory}/zone.list"
  database: ""
  pidfile: ""
  xfrdfile: "${directory}/xfrd.state"
  xfrdir: "${directory}/db"
  server-count: 1
  minimal-responses: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
key:
  name: "${XFR_KEY.name}"
  algorithm: hmac-sha256
  secret: "${XFR_KEY.secret}"
zone:
  name: "${zone}"
  request-xfr: AXFR ${primary.host}@${primary.port} ${XFR_KEY.name}
  allow-notify: 127.0.0.1 ${XFR_KEY.name}
`,
  },
} as const;

function userName(): string {
  return process.getuid?.() === 0 ? 'root' : String(process.env.USER);
}
