import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@callsign/daemon';
import { peerBytes } from '../address.ts';
import { CLIENT_COOKIE, type Query } from '../message/query.ts';
import { SIPHASH_KEY, SipHash } from './siphash.ts';

/** Bytes of a server's secret. */
export const COOKIE_SECRET = SIPHASH_KEY;
/** Bytes of a whole COOKIE option of ours: the client's cookie and a server cookie of version 1. */
export const FULL_COOKIE = 24;

const VERSION = 1;
const TIMESTAMP = 12;
const HASH = 16;

/** Seconds (RFC 9018, 4.3). */
const LONGEST_PAST = 3_600;
const LONGEST_FUTURE = 300;
const RENEWED_AFTER = 1_800;

/** Milliseconds since the epoch are all that is asked of a clock. */
type WallClock = Pick<Clock, 'now'>;

/**
 * Server cookies as every implementation makes them (RFC 9018), so that servers which share an address and a secret
 * take each other's. Nothing is kept for a client: its cookie can be judged from its address and the secret.
 *
 *     client cookie | version | reserved | timestamp | hash over all before and the client's address
 *          8             1         3           4          8
 */
export class ServerCookies {
  /** The first makes cookies; all of them are recognized (RFC 9018, 5). */
  readonly #hashes: readonly SipHash[];
  readonly #clock: WallClock;
  readonly #hashed = Buffer.alloc(HASH + 16);
  readonly #expected = Buffer.alloc(8);
  #peer = '';
  #hashedLength = HASH;

  /** @param secrets 16 bytes each: the current one, then those before it; a random one when there are none */
  constructor(secrets: readonly Uint8Array[] = [], clock: WallClock = { now: Date.now }) {
    const known = secrets.length > 0 ? secrets : [randomBytes(COOKIE_SECRET)];
    this.#hashes = known.map((secret) => new SipHash(Buffer.from(secret)));
    this.#clock = clock;
  }

  /** True when the query, which has a COOKIE option, carries a server cookie of ours for this client. */
  isValid(query: Query, peer: string): boolean {
    return this.#hashes.some((hash) => this.#isMadeBy(hash, query, peer)) && this.#age(query) <= LONGEST_PAST;
  }

  /** Writes 24 bytes: the client's cookie and a server cookie, its own one while that is young. */
  write(into: Buffer, at: number, query: Query, peer: string): number {
    const [current] = this.#hashes as [SipHash];
    const { packet, cookieAt } = query;
    if (this.#isMadeBy(current, query, peer) && this.#age(query) <= RENEWED_AFTER) {
      return at + packet.copy(into, at, cookieAt, cookieAt + FULL_COOKIE);
    }
    packet.copy(into, at, cookieAt, cookieAt + CLIENT_COOKIE);
    into.writeUInt32BE(VERSION << 24, at + CLIENT_COOKIE);
    into.writeUInt32BE(this.#now(), at + TIMESTAMP);
    this.#hash(current, into, at, peer, into, at + HASH);
    return at + FULL_COOKIE;
  }

  /** The reserved bytes are hashed as they came: a later version of our siblings may give them a meaning. */
  #isMadeBy(hash: SipHash, { packet, cookieAt, cookieLength }: Query, peer: string): boolean {
    if (cookieLength !== FULL_COOKIE || packet[cookieAt + CLIENT_COOKIE] !== VERSION) return false;
    this.#hash(hash, packet, cookieAt, peer, this.#expected, 0);
    return timingSafeEqual(this.#expected, packet.subarray(cookieAt + HASH, cookieAt + FULL_COOKIE));
  }

  #hash(hash: SipHash, cookie: Buffer, at: number, peer: string, into: Buffer, to: number): void {
    this.#copyAddress(peer);
    cookie.copy(this.#hashed, 0, at, at + HASH);
    hash.digest(this.#hashed, this.#hashedLength, into, to);
  }

  /** A client's address as it is on the wire. Who asks once mostly asks again: it is kept until another comes. */
  #copyAddress(peer: string): void {
    if (peer === this.#peer) return;
    this.#peer = peer;
    this.#hashedLength = HASH + (peerBytes(peer)?.copy(this.#hashed, HASH) ?? 0);
  }

  /** Seconds since the query's cookie was made, infinite for one from too far in the future. */
  #age({ packet, cookieAt }: Query): number {
    // Serial number arithmetic: the difference of two unsigned numbers, taken as a signed one (RFC 1982).
    const age = (this.#now() - packet.readUInt32BE(cookieAt + TIMESTAMP)) | 0;
    return age >= -LONGEST_FUTURE ? age : Number.POSITIVE_INFINITY;
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1_000) >>> 0;
  }
}

/**
 * Secrets from a file's text: 32 hexadecimal digits on a line, the current one first, the one before it second.
 * @throws {Error} saying what such a file holds
 */
export function parseCookieSecrets(text: string): Buffer[] {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  if (lines.length < 1 || lines.length > 2 || !lines.every((line) => /^[0-9a-f]{32}$/i.test(line))) {
    throw new Error(
      'a secret is a line of 32 hexadecimal digits; the one before it may stand on a second line',
    );
  }
  return lines.map((line) => Buffer.from(line, 'hex'));
}
