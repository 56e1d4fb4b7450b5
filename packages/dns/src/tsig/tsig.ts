import { createHash, timingSafeEqual } from 'node:crypto';
import { TSIG_HASHES, type TsigKey } from './tsig-keys.ts';
import {
  macOf,
  readTsig,
  sixBytes,
  type TsigRecord,
  tsigLength,
  type WireName,
  wireName,
  writeTsig,
} from './tsig-record.ts';

/** What a TSIG record says of the query (RFC 8945, 3): the rcode beside everything but NONE is NOTAUTH. */
export const TSIG_ERROR = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;

/** How many seconds clocks may be apart (RFC 8945, 10). */
const FUDGE = 300;
/** A MAC that is cut to less than this, or to less than half of it, is none (RFC 8945, 5.2.2.1). */
const LEAST_MAC = 10;
const NOTHING: Buffer = Buffer.alloc(0);

export type TsigVerdict =
  | { readonly kind: 'malformed' }
  | {
      readonly kind: 'judged';
      /** One of TSIG_ERROR; with NONE the message is from somebody who has the key. */
      readonly error: number;
      /** For the reply, whatever it is. */
      readonly signer: TsigSigner;
    };

/** The keys of this server, found by what a record says of its own. */
export class TsigKeys {
  readonly #keys: ReadonlyMap<string, TsigKey>;

  constructor(keys: readonly TsigKey[]) {
    this.#keys = new Map(keys.map((key) => [wireName(key.name) + algorithmOf(key), key]));
  }

  /**
   * Judges a signed query in the order of RFC 8945, 5.2: key, MAC, time, truncation.
   * @param at where its TSIG record begins
   * @param now seconds since the epoch
   */
  judge(query: Buffer, at: number, length: number, now: number): TsigVerdict {
    const record = readTsig(query, at, length);
    if (record === undefined) return { kind: 'malformed' };
    const key = this.#keys.get(record.keyName + record.algorithm);
    if (key === undefined) return refused(record, TSIG_ERROR.BADKEY);
    if (!isWholeEnough(record.mac.length, macSize(key))) return { kind: 'malformed' };
    if (!isGenuine(query, at, record, key)) return refused(record, TSIG_ERROR.BADSIG);
    if (Math.abs(now - record.time) > record.fudge) return untimely(record, key, now);
    const error = record.mac.length < macSize(key) ? TSIG_ERROR.BADTRUNC : TSIG_ERROR.NONE;
    return { kind: 'judged', error, signer: new TsigSigner(namesOf(record), key, record.mac, { error }) };
  }
}

/** Whoever does not have the key gets no signature (RFC 8945, 5.3.2). */
function refused(record: TsigRecord, error: number): TsigVerdict {
  const signer = new TsigSigner(namesOf(record), undefined, NOTHING, { error, time: record.time });
  return { kind: 'judged', error, signer };
}

/** The client's time is signed again, and ours is told beside it (RFC 8945, 5.2.3). */
function untimely(record: TsigRecord, key: TsigKey, now: number): TsigVerdict {
  const error = TSIG_ERROR.BADTIME;
  const told = { error, time: record.time, other: sixBytes(now) };
  return { kind: 'judged', error, signer: new TsigSigner(namesOf(record), key, record.mac, told) };
}

/** Signs a query of ours. @param now seconds since the epoch */
export function signedQuery(query: Buffer, key: TsigKey, now: number): Buffer {
  const names = { keyName: wireName(key.name), algorithm: algorithmOf(key) };
  const signer = new TsigSigner(names, key, undefined, {});
  const into = Buffer.concat([query], query.length + signer.room);
  return into.subarray(0, signer.sign(into, query.length, now));
}

type Names = Pick<TsigRecord, 'keyName' | 'algorithm'>;
/** What the record tells; `time` absent: the time at which it is written. */
type Told = Partial<Pick<TsigRecord, 'error' | 'time' | 'other'>>;

/**
 * Signs the messages of one answer in their order: the first one together with the query's MAC, each later one
 * with that of the one before (RFC 8945, 5.3 and 5.3.1).
 */
export class TsigSigner {
  readonly #names: Names;
  readonly #key: TsigKey | undefined;
  readonly #told: Told;
  #prior: Buffer | undefined;
  #first = true;

  /**
   * @param key absent: the record says what was wrong and is not signed
   * @param prior the query's MAC; absent where a query is to be signed
   */
  constructor(names: Names, key: TsigKey | undefined, prior: Buffer | undefined, told: Told) {
    this.#names = names;
    this.#key = key;
    this.#prior = prior;
    this.#told = told;
  }

  /** Bytes that the record takes. */
  get room(): number {
    const { keyName, algorithm } = this.#names;
    const mac = this.#key === undefined ? 0 : macSize(this.#key);
    return tsigLength(keyName, algorithm, mac, this.#told.other?.length ?? 0);
  }

  /**
   * Adds the record to the message in `into[0..length)`.
   * @param now seconds since the epoch
   * @returns the message's length with it
   */
  sign(into: Buffer, length: number, now: number): number {
    const originalId = into.readUInt16BE(0);
    const bare = {
      time: now,
      fudge: FUDGE,
      error: 0,
      other: NOTHING,
      ...this.#names,
      ...this.#told,
      originalId,
    };
    return writeTsig(into, length, { ...bare, mac: this.#mac(into.subarray(0, length), bare) });
  }

  #mac(message: Buffer, bare: Omit<TsigRecord, 'mac'>): Buffer {
    if (this.#key === undefined) return NOTHING;
    this.#prior = macOf(this.#key, message, bare, this.#prior, !this.#first);
    this.#first = false;
    return this.#prior;
  }
}

/** Compares a MAC with that of the message as it was before it was signed and, maybe, forwarded. */
function isGenuine(message: Buffer, at: number, record: TsigRecord, key: TsigKey): boolean {
  const bare = Buffer.from(message.subarray(0, at));
  bare.writeUInt16BE(record.originalId, 0);
  bare.writeUInt16BE(bare.readUInt16BE(10) - 1, 10);
  const mac = macOf(key, bare, record);
  return timingSafeEqual(mac.subarray(0, record.mac.length), record.mac);
}

function isWholeEnough(size: number, whole: number): boolean {
  return size <= whole && size >= Math.max(LEAST_MAC, whole / 2);
}

function macSize({ algorithm }: TsigKey): number {
  return SIZES.get(algorithm) as number;
}

const SIZES = new Map(
  Object.entries(TSIG_HASHES).map(([algorithm, hash]) => [algorithm, createHash(hash).digest().length]),
);

function algorithmOf({ algorithm }: TsigKey): WireName {
  return wireName(`${algorithm}.`);
}

function namesOf({ keyName, algorithm }: TsigRecord): Names {
  return { keyName, algorithm };
}
