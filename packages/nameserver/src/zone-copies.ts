import type { Zone } from './zone/zone.ts';

/** A copy of the zone, and the end of its use. */
export interface ZoneCopy extends Disposable {
  readonly zone: Zone;
}

/**
 * Copies of the zone for whoever needs time to go through it. Those who begin while one is true share it, and it is
 * forgotten when the last of them is done.
 */
export class ZoneCopies {
  #users = 0;
  #latest: { readonly of: Zone; readonly revision: number; readonly copy: Zone } | undefined;

  take(zone: Zone): ZoneCopy {
    this.#users += 1;
    return { zone: this.#copyOf(zone), [Symbol.dispose]: () => this.#done() };
  }

  #copyOf(zone: Zone): Zone {
    const { revision } = zone;
    if (this.#latest?.of !== zone || this.#latest.revision !== revision)
      this.#latest = { of: zone, revision, copy: zone.copy() };
    return this.#latest.copy;
  }

  #done(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#latest = undefined;
  }
}
