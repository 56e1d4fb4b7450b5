import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from '@callsign/daemon';
import { Child } from './child.ts';
import { exec } from './exec.ts';
import { ownedFolder } from './owned.ts';
import { DOCKER, IP, PODMAN, pathOf, RUNC } from './parts.ts';
import { makeRootfs } from './rootfs.ts';
import { sweep } from './sweep.ts';
import { eventually } from './wait.ts';

const PATH = `${process.env.PATH}:/usr/sbin:/sbin:/usr/bin:/bin`;

/** The bridge of Podman's default network, which it makes for its first container and leaves. */
const BRIDGE = 'cni-podman0';

/** Podman's service that speaks Docker's API, with everything it has in one directory. */
export class Podman {
  readonly #root: string;
  /** True when the bridge was there before us, and is not ours to remove. */
  readonly #hadBridge = existsSync(`/sys/class/net/${BRIDGE}`);
  #service: Child | undefined;

  private constructor(root: string) {
    this.#root = root;
  }

  static async start(): Promise<Podman> {
    const podman = new Podman(await ownedFolder('podman'));
    try {
      await podman.#begin();
      return podman;
    } catch (error) {
      await podman.stop();
      throw error;
    }
  }

  get socket(): string {
    return this.#path('podman.sock');
  }

  /** Runs the docker client against it and gives back what it printed, trimmed. */
  async docker(...args: readonly string[]): Promise<string> {
    const env = { PATH, DOCKER_HOST: `unix://${this.socket}`, HOME: this.#root };
    return (await exec(pathOf(DOCKER), args, { env })).trimEnd();
  }

  /** Starts a container that only waits, and gives back its full id. */
  async run(name: string, image: string, ...options: readonly string[]): Promise<string> {
    const id = await this.docker('create', '--name', name, ...options, image);
    await this.docker('start', name);
    return id;
  }

  /** Makes an image of busybox, whose containers wait until they are stopped. */
  async importImage(name: string, ...changes: readonly string[]): Promise<void> {
    const root = this.#path('rootfs');
    await mkdir(root);
    await makeRootfs(root);
    await exec('tar', [
      '--create',
      '--file',
      `${root}.tar`,
      '--owner=0',
      '--group=0',
      '--directory',
      root,
      '.',
    ]);
    const flags = ['CMD ["sleep", "infinity"]', ...changes].flatMap((change) => ['--change', change]);
    await this.docker('import', ...flags, `${root}.tar`, name);
  }

  async stop(): Promise<void> {
    await this.empty().catch((error) => process.stderr.write(`while stopping Podman: ${describe(error)}\n`));
    await this.#service?.end('SIGTERM');
    await sweep(this.#root);
    if (!this.#hadBridge) await exec(pathOf(IP), ['link', 'del', BRIDGE]).catch(() => undefined);
  }

  #path(name: string): string {
    return join(this.#root, name);
  }

  async #begin(): Promise<void> {
    const configuration = this.#path('containers.conf');
    await writeFile(configuration, this.#configuration);
    const store = ['--root', this.#path('data'), '--runroot', this.#path('run'), '--storage-driver', 'vfs'];
    const serve = ['system', 'service', '--time', '0', `unix://${this.socket}`];
    const env = { PATH, CONTAINERS_CONF: configuration, HOME: this.#root };
    this.#service = new Child(pathOf(PODMAN), [...store, ...serve], { env });
    await eventually(() => this.docker('version'), 75_000, 50);
  }

  /**
   * Removes every container and network. A container goes only after those that have their network from it: the rest of
   * them at the next try.
   */
  async empty(): Promise<void> {
    await eventually(async () => {
      const containers = await this.docker('ps', '--all', '--quiet');
      if (containers !== '') await this.docker('rm', '--force', ...containers.split('\n'));
    });
    await this.docker('network', 'prune', '--force');
  }

  /** Podman asks for more open files than a container of ours may have. */
  get #configuration(): string {
    return `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "${this.#path('tmp')}"
[engine.runtimes]
runc = ["${pathOf(RUNC)}"]
[network]
network_config_dir = "${this.#path('networks')}"
`;
  }
}
