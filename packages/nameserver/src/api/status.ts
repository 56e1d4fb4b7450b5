import { json, type Route } from '@callsign/daemon';
import type { DnsCounters } from '../answer/counters.ts';

/** What a nameserver tells of itself. */
export interface Status {
  readonly version: string;
  readonly domains: readonly string[];
  readonly ready: boolean;
  /** Why it is not. */
  readonly unready?: string;
  /** The store's revision that is served. */
  readonly revision: number;
  readonly records: number;
  /** Since the zone last changed; absent while there is none. */
  readonly ageSeconds?: number;
  readonly store: string;
  readonly dns: readonly string[];
  readonly http: readonly string[];
  readonly upstreams: readonly string[];
  readonly queries: {
    readonly total: number;
    readonly byRcode: Readonly<Record<string, number>>;
    readonly byType: Readonly<Record<string, number>>;
  };
  /** Questions that were passed on to upstreams. */
  readonly forwarded: number;
  /** Of the answers of upstreams. */
  readonly cache: { readonly hits: number; readonly misses: number; readonly bytes: number };
  readonly uptimeSeconds: number;
}

/** `GET /v1/status`. */
export function statusRoutes(status: () => Status): readonly Route[] {
  return [{ method: 'GET', path: '/v1/status', handle: () => json(200, status()) }];
}

/** What was asked so far, and what came of it. */
export function queriesOf(counters: DnsCounters): Status['queries'] {
  const byType = summed([...counters.requests()].map(([count, { type = '' }]) => [type, count]));
  const byRcode = summed([...counters.responses()].map(([count, { rcode = '' }]) => [rcode, count]));
  const total = Object.values(byType).reduce((sum, count) => sum + count, 0);
  return { total, byRcode, byType };
}

function summed(counts: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) if (count > 0) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
}
