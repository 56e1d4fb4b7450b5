import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe } from '@callsign/daemon';
import { Bridge } from './bridge.ts';
import { Child } from './child.ts';
import { EngineEvents } from './engine-events.ts';
import { exec } from './exec.ts';
import type { Namespace } from './namespace.ts';
import { ownedFolder } from './owned.ts';
import { DOCKER, DOCKERD, pathOf } from './parts.ts';
import { freePort } from './ports.ts';
import { makeRootfs } from './rootfs.ts';
import { sweep } from './sweep.ts';
import { eventually } from './wait.ts';

/** Waits for ever, and ends at the first SIGTERM, which the first process of a container has to ask for. */
const WAIT = 'CMD ["sh", "-c", "trap exit TERM; sleep infinity & wait"]';
const PATH = `${process.env.PATH}:/usr/sbin:/sbin:/usr/bin:/bin`;

export interface EngineOptions {
  /** Containers stay up while dockerd is away. */
  readonly liveRestore?: boolean;
  /** The network namespace that is its machine: port numbers are published there. Absent: the machine's own. */
  readonly within?: Namespace;
  /** A further address that it listens on: `tcp://[::1]:2375`. */
  readonly address?: string;
}

/** A real Docker Engine of a test's own: everything it has is in one directory and on one bridge. */
export class Engine {
  readonly bridge: Bridge;
  readonly #root: string;
  readonly #options: EngineOptions;
  readonly #streams: EngineEvents[] = [];
  #daemon: Child | undefined;
  /** Where other managers of its Swarm reach it. */
  #swarmAt = '';

  private constructor(root: string, bridge: Bridge, options: EngineOptions) {
    this.#root = root;
    this.bridge = bridge;
    this.#options = options;
  }

  static async start(options: EngineOptions = {}): Promise<Engine> {
    const root = await ownedFolder('engine');
    const engine = new Engine(root, await Bridge.claim(options.within), options);
    try {
      await writeFile(engine.path('daemon.json'), '{}');
      await engine.begin();
      return engine;
    } catch (error) {
      await engine.stop();
      throw error;
    }
  }

  get socket(): string {
    return this.path('docker.sock');
  }

  /** A path in the Engine's own directory, which goes with it. */
  path(name: string): string {
    return join(this.#root, name);
  }

  /** Starts dockerd, again after `end` on the same directories, and waits until it answers. */
  async begin(): Promise<void> {
    const [file, args] = this.#options.within?.enter(pathOf(DOCKERD), this.#flags()) ?? [
      pathOf(DOCKERD),
      this.#flags(),
    ];
    const daemon = new Child(file, args, { env: { PATH } });
    this.#daemon = daemon;
    await eventually(() => this.#answers(daemon), 75_000, 50);
  }

  /**
   * Ends dockerd; `begin` brings it back. SIGKILL takes its containerd along, and where nobody reaps orphans that
   * one still looks alive to the next dockerd, which would wait for it: its pid file must go.
   */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#daemon?.end(signal);
    await rm(this.path('exec/containerd/containerd.pid'), { force: true });
  }

  /** Runs the docker client against this Engine and gives back what it printed, trimmed. */
  async docker(...args: readonly string[]): Promise<string> {
    return await this.#client({}, args);
  }

  /** Builds an image: by BuildKit, which takes half the time, or by the classic builder where the client has no other. */
  async build(...args: readonly string[]): Promise<string> {
    try {
      return await this.#client({ DOCKER_BUILDKIT: '1' }, ['build', ...args]);
    } catch {
      return await this.#client({ DOCKER_BUILDKIT: '0' }, ['build', ...args]);
    }
  }

  /** Runs a line as a shell does whose Docker is this Engine. @returns what it printed */
  async shell(line: string): Promise<string> {
    const env = {
      PATH: `${dirname(pathOf(DOCKER))}:${PATH}`,
      DOCKER_HOST: `unix://${this.socket}`,
      HOME: this.#root,
    };
    return await exec('/bin/bash', ['-c', line], { env });
  }

  /**
   * Starts a container that only waits, and gives back its full id. A test that is tried once more finds the
   * container of its first try: that one goes.
   */
  async run(name: string, image: string, ...options: readonly string[]): Promise<string> {
    const run = () => this.docker('run', '--detach', '--name', name, ...options, image);
    return await run().catch(async (error) => {
      if (!String(error).includes('is already in use by container')) throw error;
      await this.docker('rm', '--force', name);
      return await run();
    });
  }

  /** The same for a line that a page has somebody type. */
  async makeRoomFor(line: string): Promise<void> {
    const [, name] = /\bdocker run .*--name (\S+)/.exec(line) ?? [];
    if (name !== undefined) await this.docker('rm', '--force', name);
  }

  /** Makes it the only manager of a Swarm, on the Engine's own bridge and with port numbers of its own. */
  async initSwarm(): Promise<void> {
    const pool = ['--default-addr-pool', this.bridge.overlayPool, '--default-addr-pool-mask-length', '26'];
    const data = ['--data-path-port', String(this.bridge.dataPort)];
    await this.#makeWayOut();
    await this.docker('swarm', 'init', ...(await this.#swarmAddress()), ...pool, ...data);
  }

  /** Makes it one more manager of another one's Swarm. */
  async joinSwarm(other: Engine): Promise<void> {
    const token = await other.docker('swarm', 'join-token', '--quiet', 'manager');
    await this.#makeWayOut();
    await this.docker('swarm', 'join', '--token', token, ...(await this.#swarmAddress()), other.#swarmAt);
  }

  /**
   * The tasks' way out of their overlay networks. Every Engine would call its bridge `docker_gwbridge`, and the first one
   * that goes would take it away from the others on this machine.
   */
  async #makeWayOut(): Promise<void> {
    const name = `com.docker.network.bridge.name=${this.bridge.name}out`;
    await this.docker('network', 'create', '--opt', name, 'docker_gwbridge');
  }

  async #swarmAddress(): Promise<readonly string[]> {
    this.#swarmAt = `${this.bridge.gateway}:${await freePort()}`;
    return ['--advertise-addr', this.#swarmAt, '--listen-addr', this.#swarmAt];
  }

  /** The address that a container has on its first or on the named network. */
  async addressOf(container: string, network = ''): Promise<string> {
    const networks = JSON.parse(
      await this.docker('inspect', '--format', '{{json .NetworkSettings.Networks}}', container),
    );
    return (network === '' ? Object.values(networks)[0] : networks[network]).IPAddress;
  }

  /** Makes an image of busybox and the C library's `getent`; its containers wait until they are stopped. */
  async importImage(name: string, ...changes: readonly string[]): Promise<void> {
    const root = this.path('rootfs');
    await mkdir(root);
    await makeRootfs(root);
    await this.importRoot(name, root, WAIT, ...changes);
  }

  /** Saves images, with all that they are made of, into a file that another Engine can load. */
  async save(file: string, ...images: readonly string[]): Promise<void> {
    await this.docker('save', '--output', file, ...images);
  }

  async load(file: string): Promise<void> {
    await this.docker('load', '--input', file);
  }

  /** Makes an image of a directory. */
  async importRoot(name: string, root: string, ...changes: readonly string[]): Promise<void> {
    const tar = `${root}.tar`;
    await exec('tar', ['--create', '--file', tar, '--owner=0', '--group=0', '--directory', root, '.']);
    await this.docker('import', ...changes.flatMap((change) => ['--change', change]), tar, name);
  }

  /** Every event from now on, with the time at which it arrived here. */
  async events(): Promise<EngineEvents> {
    const stream = await EngineEvents.open(this.socket);
    this.#streams.push(stream);
    return stream;
  }

  /** Removes every container and network, ends dockerd and leaves nothing behind, whatever has failed before. */
  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.close();
    await this.empty().catch((error) => this.#say(error));
    await this.#daemon?.end('SIGTERM').catch((error) => this.#say(error));
    await sweep(this.#root);
    await this.bridge.remove();
  }

  /**
   * Removes every container and network. A dockerd that was killed is started once more for that, since only it can end a
   * paused container properly.
   */
  async empty(): Promise<void> {
    if (this.#daemon?.running === false) await this.begin();
    const containers = await this.docker('ps', '--all', '--quiet');
    if (containers !== '') await this.docker('rm', '--force', '--volumes', ...containers.split('\n'));
    await this.docker('network', 'prune', '--force');
  }

  async #client(more: Readonly<Record<string, string>>, args: readonly string[]): Promise<string> {
    const env = { PATH, DOCKER_HOST: `unix://${this.socket}`, HOME: this.#root, ...more };
    return (await exec(pathOf(DOCKER), args, { env })).trimEnd();
  }

  async #answers(daemon: Child): Promise<void> {
    if (!daemon.running) throw new Error(`dockerd has ended:\n${daemon.lines.slice(-10).join('\n')}`);
    await this.docker('version');
  }

  #say(error: unknown): void {
    process.stderr.write(`while stopping a test's Engine: ${describe(error)}\n`);
  }

  #flags(): string[] {
    const { address, liveRestore = false, within } = this.#options;
    return [
      `--host=unix://${this.socket}`,
      `--config-file=${this.path('daemon.json')}`,
      `--data-root=${this.path('data')}`,
      `--exec-root=${this.path('exec')}`,
      `--pidfile=${this.path('pid')}`,
      `--containerd-namespace=${this.bridge.name}`,
      `--bridge=${this.bridge.name}`,
      `--default-address-pool=base=${this.bridge.pool},size=24`,
      // The machine's own rules are left alone.
      ...(within === undefined ? ['--iptables=false', '--ip6tables=false'] : []),
      '--log-level=warn',
      ...(address === undefined ? [] : [`--host=${address}`]),
      ...(liveRestore ? ['--live-restore'] : []),
    ];
  }
}
