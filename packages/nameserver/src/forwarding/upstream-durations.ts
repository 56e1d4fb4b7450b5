import type { Distribution, Labels } from '@callsign/daemon';
import { rcodeName } from '@callsign/dns';
import { NAMESERVER_METRICS } from '../metrics.ts';

const BOUNDS = NAMESERVER_METRICS.upstreamSeconds.buckets;

/** How long one upstream took for the answers of one rcode: a distribution that grows. */
interface Tally {
  readonly counts: number[];
  sum: number;
}

/** How long one upstream took for its answers: every one is counted here, and read when somebody asks. */
export class UpstreamDurations {
  readonly #labels: Labels;
  readonly #byRcode = new Map<number, Tally>();

  /** @param to the upstream's address as people write it */
  constructor(zone: string, to: string) {
    this.#labels = { proxy_name: 'forward', to, zone };
  }

  observe(rcode: number, seconds: number): void {
    const tally = this.#byRcode.get(rcode) ?? this.#begin(rcode);
    const above = BOUNDS.findIndex((bound) => seconds <= bound);
    const bucket = above < 0 ? BOUNDS.length : above;
    tally.counts[bucket] = (tally.counts[bucket] as number) + 1;
    tally.sum += seconds;
  }

  read(): readonly (readonly [Distribution, Labels])[] {
    return [...this.#byRcode].map(([rcode, tally]) => [tally, { ...this.#labels, rcode: rcodeName(rcode) }]);
  }

  #begin(rcode: number): Tally {
    const tally = { counts: new Array<number>(BOUNDS.length + 1).fill(0), sum: 0 };
    this.#byRcode.set(rcode, tally);
    return tally;
  }
}
