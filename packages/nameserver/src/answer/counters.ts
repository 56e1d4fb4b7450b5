import { type Query, RCODE, rcodeName, type Transport, TYPE, typeName } from '@callsign/dns';

type Reading = Iterable<readonly [number, Readonly<Record<string, string>>]>;

const TRANSPORTS = ['udp', 'tcp', 'tls', 'https'] as const satisfies readonly Transport[];
const COUNTED_TYPES = 258;
const COUNTED_RCODES = 24;

/**
 * What the hot path counts: plain numbers in arrays, made into metrics when somebody asks. Types that nobody
 * knows count as one, so that a client cannot fill the metrics with names (TOOLING of every Prometheus user).
 */
export class DnsCounters {
  readonly #requests = Object.fromEntries(
    TRANSPORTS.map((transport) => [transport, new Float64Array(COUNTED_TYPES)]),
  ) as Record<Transport, Float64Array>;
  readonly #responses = new Float64Array(COUNTED_RCODES);
  dropped = 0;
  compiled = 0;
  forwarded = 0;
  forwardFailed = 0;
  recursionRefused = 0;

  request(transport: Transport, query: Query): void {
    const counts = this.#requests[transport];
    const type = query.type < COUNTED_TYPES ? query.type : 0;
    counts[type] = (counts[type] as number) + 1;
  }

  response(rcode: number): void {
    this.#responses[rcode] = (this.#responses[rcode] as number) + 1;
  }

  *requests(): Reading {
    for (const proto of TRANSPORTS) {
      const byName = new Map<string, number>();
      this.#requests[proto].forEach((count, type) => {
        const name = KNOWN_TYPES.has(type) ? typeName(type) : 'other';
        if (count > 0) byName.set(name, (byName.get(name) ?? 0) + count);
      });
      for (const [type, count] of byName) yield [count, { proto, type }];
    }
  }

  *responses(): Reading {
    for (const rcode of Object.values(RCODE))
      yield [this.#responses[rcode] as number, { rcode: rcodeName(rcode) }];
  }
}

const KNOWN_TYPES = new Set<number>(Object.values(TYPE));
