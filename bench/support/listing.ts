import { formatSocketAddress } from '@callsign/daemon';
import { mainThreadSeconds } from '../load/served.ts';
import type { MeasuredNameserver } from './measured.ts';
import { paced } from './pace.ts';
import { type Asking, runSteady, type Steady } from './steady.ts';

const BUSY_SHARE = 0.3;
const WARM_UP = 10;

/** A run with listings, and the share of its time that the main thread was busy. */
export interface Listed {
  readonly steady: Steady;
  readonly share: number;
}

/** Keeps a nameserver's main thread busy by a list over REST, again and again. */
export class Listing {
  readonly #nameserver: MeasuredNameserver;
  readonly #path: string;
  readonly #perSecond: number;

  private constructor(nameserver: MeasuredNameserver, path: string, perSecond: number) {
    this.#nameserver = nameserver;
    this.#path = path;
    this.#perSecond = perSecond;
  }

  /** So often that the main thread is busy for a third of its time, by what one list takes once the code is compiled. */
  static async prepare(nameserver: MeasuredNameserver, path: string): Promise<Listing> {
    for (let left = WARM_UP; left > 0; left -= 1) await list(nameserver, path);
    const before = mainThreadSeconds(nameserver.pid);
    for (let left = WARM_UP; left > 0; left -= 1) await list(nameserver, path);
    const secondsEach = (mainThreadSeconds(nameserver.pid) - before) / WARM_UP;
    return new Listing(nameserver, path, BUSY_SHARE / secondsEach);
  }

  /** Asks at a fixed rate meanwhile. */
  async askMeanwhile(asking: Asking): Promise<Listed> {
    const { pid } = this.#nameserver;
    const asked = new AbortController();
    const before = { cpu: mainThreadSeconds(pid), at: performance.now() };
    const lists = paced(this.#perSecond, 1, asked.signal, () => list(this.#nameserver, this.#path));
    const steady = await runSteady(asking);
    asked.abort();
    await lists;
    const seconds = (performance.now() - before.at) / 1_000;
    return { steady, share: (mainThreadSeconds(pid) - before.cpu) / seconds };
  }
}

async function list({ http }: MeasuredNameserver, path: string): Promise<void> {
  const response = await fetch(`http://${formatSocketAddress(http)}${path}`);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
}
