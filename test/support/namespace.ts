import { exec } from './exec.ts';
import { isAbandoned } from './owned.ts';
import { IP, pathOf } from './parts.ts';
import { endNow } from './sweep.ts';

/** A network namespace of a test's own: nothing in it reaches the machine or the world, unless it is linked. */
export class Namespace {
  readonly name: string;
  readonly #label: string;
  readonly #owner: number;

  private constructor(label: string, owner = process.pid) {
    this.name = `callsign-${owner}-${label}`;
    this.#label = label;
    this.#owner = owner;
  }

  static async make(label: string): Promise<Namespace> {
    const namespace = new Namespace(label);
    await ip('netns', 'add', namespace.name);
    await namespace.ip('link', 'set', 'lo', 'up');
    return namespace;
  }

  /** Those that were left by processes which have gone. */
  static async abandoned(): Promise<Namespace[]> {
    const listed = (await exec(pathOf(IP), ['netns', 'list'])).matchAll(/^callsign-(\d+)-(\S+)/gm);
    const all = [...listed].map(([, owner, label = '']) => ({ owner: Number(owner), label }));
    return all
      .filter(({ owner }) => isAbandoned(owner))
      .map(({ label, owner }) => new Namespace(label, owner));
  }

  /** Lays a wire to another one, which becomes the gateway. Addresses with their prefix length: `10.0.0.1/24`. */
  async connect(gateway: Namespace, own: string, theirs: string): Promise<void> {
    const port = `to-${this.#label}`;
    await gateway.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
    await gateway.ip('address', 'add', theirs, 'dev', port);
    await gateway.ip('link', 'set', port, 'up');
    await this.ip('address', 'add', own, 'dev', 'eth0');
    await this.ip('link', 'set', 'eth0', 'up');
    await this.ip('route', 'add', 'default', 'via', theirs.split('/')[0] ?? '');
  }

  /** Plugs it into a bridge of the machine, at an address with its prefix length. */
  async plugInto(bridge: string, own: string): Promise<void> {
    await ip('link', 'add', this.#plug, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
    await ip('link', 'set', this.#plug, 'master', bridge, 'up');
    await this.ip('address', 'add', own, 'dev', 'eth0');
    // Without an address for its link, which IPv6 would add some seconds later: a browser takes that for another network.
    await this.ip('link', 'set', 'eth0', 'addrgenmode', 'none', 'up');
  }

  /** Cuts it off from everybody without a word to anybody: packets are lost from then on, and nothing is closed. */
  async partition(): Promise<void> {
    await ip('link', 'set', this.#plug, 'nomaster');
  }

  async heal(bridge: string): Promise<void> {
    await ip('link', 'set', this.#plug, 'master', bridge);
  }

  /** The machine's end of the wire: 15 characters at most, and nobody else's. */
  get #plug(): string {
    return `c${this.#owner}-${this.#label}`;
  }

  /** What runs a program in here: its path and arguments. */
  command(file: string, args: readonly string[]): readonly [file: string, args: readonly string[]] {
    return [pathOf(IP), ['netns', 'exec', this.name, file, ...args]];
  }

  /** The same with the machine's own `/sys`, where whoever starts containers looks for control groups. */
  enter(file: string, args: readonly string[]): readonly [file: string, args: readonly string[]] {
    return ['nsenter', [`--net=/run/netns/${this.name}`, file, ...args]];
  }

  /** Runs a program in here to its end, with the environment of nobody. */
  async run(file: string, ...args: readonly string[]): Promise<string> {
    return await exec(...this.command(file, args), { env: { PATH: process.env.PATH } });
  }

  async ip(...args: readonly string[]): Promise<void> {
    await ip('-netns', this.name, ...args);
  }

  async close(): Promise<void> {
    await ip('netns', 'delete', this.name);
  }

  /** Removes it, and whoever is still in it. */
  async clear(): Promise<void> {
    const pids = (await exec(pathOf(IP), ['netns', 'pids', this.name])).split('\n').filter(Boolean);
    for (const pid of pids) endNow(Number(pid));
    await this.close();
  }
}

async function ip(...args: readonly string[]): Promise<void> {
  await exec(pathOf(IP), args);
}
