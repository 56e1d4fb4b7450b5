import { writeFile } from 'node:fs/promises';
import { Engine } from '../../support/engine.ts';
import { exec } from '../../support/exec.ts';
import { importEtcd, loadImages } from '../../support/image.ts';
import type { Namespace } from '../../support/namespace.ts';
import {
  BUSYBOX,
  COMPOSE,
  DOCKERD,
  ETCD,
  ETCDCTL,
  IP,
  IPTABLES,
  pathOf,
  UTIL_LINUX,
} from '../../support/parts.ts';

/** What such a machine is made of. */
export const COMPOSE_PARTS = [BUSYBOX, COMPOSE, DOCKERD, ETCD, ETCDCTL, IP, IPTABLES, UTIL_LINUX];

type Settings = Readonly<Record<string, string>>;

/** A machine with a Docker Engine, both images and Compose: what a compose file is written for. */
export class ComposeHost {
  readonly engine: Engine;
  readonly network: Namespace;
  readonly #folder: string;
  readonly #settings: Settings;

  private constructor(engine: Engine, network: Namespace, folder: string, settings: Settings) {
    this.engine = engine;
    this.network = network;
    this.#folder = folder;
    this.#settings = settings;
  }

  /** @param folder where `docker-compose.yml` is, and what it names */
  static async start(network: Namespace, folder: string): Promise<ComposeHost> {
    const engine = await Engine.start({ within: network });
    try {
      await loadImages(engine);
      await engine.importImage('whoami', 'EXPOSE 80');
      const images = { ETCD_IMAGE: await importEtcd(engine), WHOAMI_IMAGE: 'whoami' };
      const settings = { ...images, DOCKER_GROUP: await groupOf(engine.socket) };
      await writeFile(engine.path('here.json'), JSON.stringify(here(engine)));
      return new ComposeHost(engine, network, folder, settings);
    } catch (error) {
      await engine.stop();
      throw error;
    }
  }

  async compose(...words: readonly string[]): Promise<string> {
    const file = ['--file', `${this.#folder}/docker-compose.yml`, '--file', this.engine.path('here.json')];
    const project = ['--project-directory', this.#folder, '--project-name', 'callsign'];
    const env = { PATH: process.env.PATH, DOCKER_HOST: `unix://${this.engine.socket}`, ...this.#settings };
    return await exec(pathOf(COMPOSE), [...file, ...project, ...words], { env });
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await this.network.close();
  }
}

/** The one thing that is elsewhere than on other machines: its socket. */
function here({ socket }: Engine): object {
  return {
    version: '2.4',
    services: { registrar: { volumes: [`${socket}:/var/run/docker.sock:ro`] } },
  };
}

async function groupOf(path: string): Promise<string> {
  return (await exec('stat', ['--format', '%g', path])).trim();
}
