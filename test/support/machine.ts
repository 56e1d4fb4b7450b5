import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { exec } from './exec.ts';
import { Namespace } from './namespace.ts';
import { ownedFolder } from './owned.ts';
import { DOCKER, pathOf, UTIL_LINUX } from './parts.ts';
import { eventually } from './wait.ts';

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

export interface MachineOptions {
  /** Its addresses, besides those of loopback. */
  readonly addresses: readonly string[];
  /** What stands in its `/etc/hosts` besides. */
  readonly hosts: string;
  /** Where its Docker Engine listens, which is `/var/run/docker.sock` there. */
  readonly engine: string;
}

/**
 * A machine that is nobody's: with addresses, port numbers, `/etc`, `/run` and a home folder of its own, so that what
 * a page says can be typed as it stands. It is this one in all else, and has `callsign` from the sources. Made of a
 * network namespace and a mount namespace.
 */
export class Machine {
  readonly #root: string;
  readonly #namespace: Namespace;
  readonly #holder: Child;
  readonly #daemons = new Set<Child>();
  #states = 0;

  private constructor(root: string, namespace: Namespace, holder: Child) {
    this.#root = root;
    this.#namespace = namespace;
    this.#holder = holder;
  }

  static async start(label: string, options: MachineOptions): Promise<Machine> {
    const root = await ownedFolder('machine');
    const namespace = await Namespace.make(label);
    for (const address of options.addresses) await namespace.ip('address', 'add', address, 'dev', 'lo');
    const words = ['--mount', '--propagation', 'private', '/bin/sh', '-euc', furnished(root, options)];
    const holder = new Child(...namespace.command(pathOf(UTIL_LINUX), words));
    await eventually(() => {
      if (!holder.lines.includes('furnished')) throw new Error(holder.lines.join('\n'));
    });
    return new Machine(root, namespace, holder);
  }

  /** Types lines into a shell, in a folder that only this machine has. @returns what they printed */
  async type(lines: string, shell = 'bash'): Promise<string> {
    const [file, args] = this.#command(lines, shell);
    return await exec(file, args, { env: this.#env });
  }

  /** Types a line that never ends by itself, and ends it when it has printed something. */
  async typeUntilPrinted(line: string): Promise<void> {
    const [file, args] = this.#command(`exec ${line}`);
    const child: ChildProcess = spawn(file, args, { env: this.#env, stdio: ['ignore', 'pipe', 'ignore'] });
    await Promise.race([once(child.stdout as NodeJS.EventEmitter, 'data'), failed(child, line)]);
    child.kill();
  }

  /** Starts what goes on until it is ended, and waits until it has said that it serves. */
  async begin(line: string, ready: RegExp): Promise<Child> {
    this.#states += 1;
    const env = { ...this.#env, STATE_DIRECTORY: join(this.#root, `state-${this.#states}`) };
    const daemon = new Child(...this.#command(`exec ${line}`), { env });
    this.#daemons.add(daemon);
    await eventually(() => {
      const said = daemon.lines.join('\n');
      if (!ready.test(said)) throw new Error(`${line} has not said ${ready}:\n${said}`);
    }, 60_000);
    return daemon;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#daemons].map((daemon) => daemon.end('SIGTERM')));
    await this.#holder.end('SIGKILL');
    await this.#namespace.close();
    await rmdir(this.#root);
  }

  #command(lines: string, shell = 'bash'): [file: string, args: string[]] {
    const where = ['--target', String(this.#holder.pid), '--mount', '--net'];
    return ['nsenter', [...where, shell, '-c', `cd /etc/callsign; ${lines}`]];
  }

  get #env() {
    return {
      PATH: `${this.#root}/bin:${dirname(pathOf(DOCKER))}:${process.env.PATH}:/usr/sbin:/sbin`,
      HOME: `${this.#root}/home`,
      FPATH: `${this.#root}/zsh`,
      // It starts often: what the run has compiled once is kept.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      // Nobody asks much here, and each thread would take as long to start as a tool does.
      CALLSIGN_UDP_THREADS: '0',
    };
  }
}

/** Everything that it has of its own, on a file system in memory which goes with it. */
function furnished(root: string, { hosts, engine }: MachineOptions): string {
  const callsign = [process.execPath, '--conditions=callsign-source', MAIN];
  return `
    mount -t tmpfs tmpfs ${root}
    cd ${root}
    mkdir -p upper work bin zsh home/.config/fish/completions
    mount -t overlay -o lowerdir=/etc,upperdir=${root}/upper,workdir=${root}/work overlay /etc
    mkdir -p /etc/callsign /etc/bash_completion.d
    echo 'nameserver 127.0.0.1' > /etc/resolv.conf
    echo '${hosts}' >> /etc/hosts
    printf '#!/bin/sh\\nexec ${callsign.join(' ')} "$@"\\n' > bin/callsign
    chmod +x bin/callsign
    touch engine
    mount --bind ${engine} engine
    mount -t tmpfs tmpfs /run
    touch /run/docker.sock
    mount --bind engine /run/docker.sock
    echo furnished >&2
    exec sleep infinity`;
}

async function failed(child: ChildProcess, line: string): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`${line} has ended with ${code} before it printed anything`);
}
