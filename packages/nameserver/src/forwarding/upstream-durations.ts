import type { Distribution, Labels } from '@callsign/daemon';
import { bucketOf, rcodeName } from '@callsign/dns';
import { NAMESERVER_METRICS } from '../metrics.ts';

const BOUNDS = NAMESERVER_METRICS.upstreamSeconds.buckets;

/** All that the header of an answer has room for. */
const RCODES = Array.from({ length: 16 }, (_, rcode) => rcode);

/** How long one upstream took for the answers of one rcode: a distribution that grows. */
interface Tally {
  readonly counts: number[];
  sum: number;
}

/** How long one upstream took for its answers: every one is counted here, and read when somebody asks. */
export class UpstreamDurations {
  readonly zone: string;
  /** The upstream's address as people write it. */
  readonly to: string;
  readonly #labels: Labels;
  readonly #byRcode = new Map<number, Tally>();

  constructor(zone: string, to: string) {
    this.zone = zone;
    this.to = to;
    this.#labels = { proxy_name: 'forward', to, zone };
  }

  observe(rcode: number, seconds: number): void {
    const tally = this.#byRcode.get(rcode) ?? this.#begin(rcode);
    const bucket = bucketOf(seconds, BOUNDS);
    tally.counts[bucket] = (tally.counts[bucket] as number) + 1;
    tally.sum += seconds;
  }

  /** @param elsewhere what others have counted of the same upstream */
  read(elsewhere: (rcode: number) => readonly Distribution[]): readonly (readonly [Distribution, Labels])[] {
    return RCODES.flatMap((rcode) => {
      const here = this.#byRcode.get(rcode);
      const all = [...(here ? [here] : []), ...elsewhere(rcode)];
      const sum = total(all);
      return sum.counts.some((count) => count > 0)
        ? [[sum, { ...this.#labels, rcode: rcodeName(rcode) }] as const]
        : [];
    });
  }

  #begin(rcode: number): Tally {
    const tally = { counts: new Array<number>(BOUNDS.length + 1).fill(0), sum: 0 };
    this.#byRcode.set(rcode, tally);
    return tally;
  }
}

function total(all: readonly Distribution[]): Distribution {
  const counts = Array.from({ length: BOUNDS.length + 1 }, (_, at) =>
    all.reduce((sum, { counts }) => sum + (counts[at] as number), 0),
  );
  return { counts, sum: all.reduce((sum, one) => sum + one.sum, 0) };
}
