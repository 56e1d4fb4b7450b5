import { BlockList } from 'node:net';
import { exec } from './exec.ts';
import type { Namespace } from './namespace.ts';
import { isAbandoned } from './owned.ts';
import { IP, pathOf } from './parts.ts';

/** As many Engines may run on one machine at once: each takes a slot, and with it its own addresses. */
const SLOTS = 16;

/** Whose a bridge is: its name has no room for that. */
const OWNER = /^of process (\d+)$/;

interface Link {
  readonly ifname: string;
  readonly ifalias?: string;
  readonly addr_info?: readonly { readonly local: string }[];
}

/**
 * A network bridge of a test's own. Making the interface is what claims the slot: the kernel refuses a name
 * that is taken, whichever process took it.
 */
export class Bridge {
  readonly name: string;
  /** The machine's own address on it, which its containers reach. */
  readonly gateway: string;
  /** Where user-defined networks get their addresses from. */
  readonly pool: string;
  /** Where Swarm's overlay networks get theirs from. */
  readonly overlayPool: string;
  /** The UDP port number of the overlay networks' VXLAN. */
  readonly dataPort: number;
  readonly #mac: string;
  readonly #addresses = new BlockList();
  readonly #within: Namespace | undefined;

  private constructor(slot: number, within: Namespace | undefined) {
    this.#within = within;
    this.name = `callsign${slot}`;
    this.gateway = `172.31.${slot}.1`;
    this.pool = `172.30.${slot * 16}.0/20`;
    this.overlayPool = `10.77.${slot * 4}.0/22`;
    this.dataPort = 24_789 + slot;
    this.#mac = `02:42:ac:1f:${slot.toString(16).padStart(2, '0')}:01`;
    this.#addresses.addSubnet(`172.31.${slot}.0`, 24);
    this.#addresses.addSubnet(`172.30.${slot * 16}.0`, 20);
  }

  /** @param within the network namespace that it is in; absent: the machine's own */
  static async claim(within?: Namespace): Promise<Bridge> {
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const bridge = new Bridge(slot, within);
      if (await bridge.#add()) return bridge;
    }
    throw new Error(`all ${SLOTS} bridges are taken: "ip link del callsign0" removes one that nobody owns`);
  }

  /** Those of the machine that were left by processes which have gone. */
  static async abandoned(): Promise<Bridge[]> {
    const links: Link[] = JSON.parse(await exec(pathOf(IP), ['-json', 'link', 'show', 'type', 'bridge']));
    return links.flatMap(({ ifname, ifalias = '' }) => {
      const [, slot] = /^callsign(\d+)$/.exec(ifname) ?? [];
      const [, owner] = OWNER.exec(ifalias) ?? [];
      if (slot === undefined || owner === undefined || !isAbandoned(Number(owner))) return [];
      return [new Bridge(Number(slot), undefined)];
    });
  }

  /** An address on it for what is no container: far above those that the Engine gives to containers. */
  seat(at: number): string {
    return this.gateway.replace(/1$/, String(250 + at));
  }

  /** Removes the bridge, and those of user-defined networks that their Engine could not remove any more. */
  async remove(): Promise<void> {
    const links: Link[] = JSON.parse(await this.#ip('-json', '-4', 'address'));
    for (const { ifname, addr_info = [] } of links) {
      if (addr_info.some(({ local }) => this.#addresses.check(local))) await this.#ip('link', 'del', ifname);
    }
  }

  async #add(): Promise<boolean> {
    try {
      await this.#ip('link', 'add', 'name', this.name, 'type', 'bridge');
    } catch (error) {
      if (String(error).includes('File exists')) return false;
      throw error;
    }
    await this.#ip('link', 'set', this.name, 'alias', `of process ${process.pid}`);
    // Without an address of its own it takes one from its members, a new one at times, and is lost to the others.
    await this.#ip('link', 'set', this.name, 'address', this.#mac);
    await this.#ip('address', 'add', `${this.gateway}/24`, 'dev', this.name);
    await this.#ip('link', 'set', this.name, 'up');
    return true;
  }

  async #ip(...args: readonly string[]): Promise<string> {
    const where = this.#within === undefined ? [] : ['-netns', this.#within.name];
    return await exec(pathOf(IP), [...where, ...args]);
  }
}
