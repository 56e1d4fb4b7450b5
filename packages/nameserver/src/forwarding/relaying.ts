import type { OwnerName } from '@callsign/catalog';
import type { Clock } from '@callsign/daemon';
import { LOOP_NAME, Relays } from '@callsign/dns';
import { NAMESERVER_METRICS } from '../metrics.ts';
import { SPECIAL_USE } from '../zone/special-use.ts';
import type { Stub } from './stub.ts';

/** Of the memory for answers of upstreams, what threads keep: answers that nobody has asked for again. */
const SHARE = 0.25;
/** Bytes that a thread has to have for them, so that the largest answers have room. */
const LEAST = 1 << 17;
/** Names of addresses: whether one is ours depends on the zone. */
const REVERSE = 'arpa.';

export interface RelayingOptions {
  /** Threads that answer over UDP. */
  readonly threads: number;
  /** Names that are answered here, for whomever; with all below them. */
  readonly names: readonly OwnerName[];
  readonly stubs: readonly Stub[];
  /** Bytes that upstream answers may take; 0 keeps none. */
  readonly forwardCache: number;
  readonly clock: Clock;
}

/**
 * Lets threads forward questions by themselves. Undefined where there are no threads, where all names are ours, or where a
 * thread would have too little memory for answers.
 */
export function openRelays(options: RelayingOptions): Relays | undefined {
  const { threads, forwardCache, clock } = options;
  const bytes = Math.floor(forwardCache * SHARE);
  const ownNames = namesOf(options);
  const little = bytes > 0 && bytes / threads < LEAST;
  if (threads === 0 || little || ownNames.includes('.')) return undefined;
  const bounds = NAMESERVER_METRICS.upstreamSeconds.buckets;
  return new Relays({ threads, ownNames, bytes, allBytes: forwardCache, bounds, clock });
}

/** Names that only the main thread decides about, with all below them. */
function namesOf({ names, stubs }: RelayingOptions): readonly OwnerName[] {
  return [...names, ...stubs.map(({ zone }) => zone), ...SPECIAL_USE, REVERSE, LOOP_NAME];
}
