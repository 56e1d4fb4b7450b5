import { createHmac } from 'node:crypto';
import { uint16 } from '../message/bytes.ts';
import { CLASS, MAX_LABEL, MAX_NAME, RECORD_HEAD, TYPE } from '../message/constants.ts';
import { wholeName } from '../message/name.ts';
import { lowerBytes } from '../message/question.ts';
import { TSIG_HASHES, type TsigKey } from './tsig-keys.ts';

/** A TSIG record (RFC 8945, 4.2). */
export interface TsigRecord {
  readonly keyName: WireName;
  readonly algorithm: WireName;
  /** Seconds since the epoch. */
  readonly time: number;
  /** How many seconds the clocks may be apart. */
  readonly fudge: number;
  readonly mac: Buffer;
  readonly originalId: number;
  readonly error: number;
  readonly other: Buffer;
}

/** A name as it stands in messages, in lower case, each byte as one character. */
export type WireName = string;

/** Time and fudge. */
const TIMERS = 8;
/** Original id, error and the length of what else is told. */
const TAIL = 6;

/** Reads the record that begins at `at` and has to end the message; undefined for one that is none. */
export function readTsig(message: Buffer, at: number, length: number): TsigRecord | undefined {
  const keyName = readName(message, at, length);
  if (keyName === undefined || at + keyName.length + RECORD_HEAD > length) return undefined;
  const fixed = at + keyName.length;
  const plain = message.readUInt16BE(fixed + 2) === CLASS.ANY && message.readUInt32BE(fixed + 4) === 0;
  const algorithm = plain ? readName(message, fixed + RECORD_HEAD, length) : undefined;
  if (algorithm === undefined) return undefined;
  return readRdata(message.subarray(fixed + RECORD_HEAD + algorithm.length, length), keyName, algorithm);
}

function readRdata(rdata: Buffer, keyName: WireName, algorithm: WireName): TsigRecord | undefined {
  if (rdata.length < TIMERS + 2) return undefined;
  const tail = TIMERS + 2 + rdata.readUInt16BE(TIMERS);
  if (tail + TAIL > rdata.length || tail + TAIL + rdata.readUInt16BE(tail + 4) !== rdata.length)
    return undefined;
  return {
    keyName,
    algorithm,
    time: rdata.readUIntBE(0, 6),
    fudge: rdata.readUInt16BE(6),
    mac: Buffer.from(rdata.subarray(TIMERS + 2, tail)),
    originalId: rdata.readUInt16BE(tail),
    error: rdata.readUInt16BE(tail + 2),
    other: Buffer.from(rdata.subarray(tail + TAIL)),
  };
}

/** A name without pointers: nobody compresses these (RFC 8945, 4.2). */
function readName(message: Buffer, start: number, length: number): WireName | undefined {
  let at = start;
  while (at < length && message[at] !== 0) {
    if ((message[at] as number) > MAX_LABEL) return undefined;
    at += (message[at] as number) + 1;
  }
  const end = at + 1;
  return end <= length && end - start <= MAX_NAME ? lowerBytes(message, start, end) : undefined;
}

/** Adds a record to the message in `into[0..length)`. @returns the message's length with it */
export function writeTsig(into: Buffer, length: number, record: TsigRecord): number {
  const rdata = Buffer.concat([
    Buffer.from(record.algorithm, 'latin1'),
    timersOf(record),
    uint16(record.mac.length),
    record.mac,
    uint16(record.originalId, record.error, record.other.length),
    record.other,
  ]);
  const fixed = Buffer.concat([uint16(TYPE.TSIG, CLASS.ANY, 0, 0), uint16(rdata.length)]);
  const bytes = Buffer.concat([Buffer.from(record.keyName, 'latin1'), fixed, rdata]);
  into.writeUInt16BE(into.readUInt16BE(10) + 1, 10);
  return length + bytes.copy(into, length);
}

/** Bytes that a record takes whose MAC and other data have these lengths. */
export function tsigLength(keyName: WireName, algorithm: WireName, mac: number, other: number): number {
  return keyName.length + RECORD_HEAD + algorithm.length + TIMERS + 2 + mac + TAIL + other;
}

/**
 * The MAC of a message (RFC 8945, 4.3).
 * @param message as it is without the record
 * @param prior the MAC that this one follows: the query's, or that of the message before; none for a query
 * @param timersOnly for every message of a stream but the first (5.3.1)
 */
export function macOf(
  key: TsigKey,
  message: Buffer,
  record: Omit<TsigRecord, 'mac'>,
  prior?: Buffer,
  timersOnly = false,
): Buffer {
  const hmac = createHmac(TSIG_HASHES[key.algorithm], key.secret);
  if (prior !== undefined) hmac.update(uint16(prior.length)).update(prior);
  return hmac
    .update(message)
    .update(timersOnly ? timersOf(record) : variablesOf(record))
    .digest();
}

/** All fields of the record but the MAC and the original id (RFC 8945, 4.3.3). */
function variablesOf(record: Omit<TsigRecord, 'mac'>): Buffer {
  return Buffer.concat([
    Buffer.from(record.keyName, 'latin1'),
    uint16(CLASS.ANY, 0, 0),
    Buffer.from(record.algorithm, 'latin1'),
    timersOf(record),
    uint16(record.error, record.other.length),
    record.other,
  ]);
}

function timersOf({ time, fudge }: Pick<TsigRecord, 'time' | 'fudge'>): Buffer {
  return Buffer.concat([sixBytes(time), uint16(fudge)]);
}

/** Seconds since the epoch, as the record has them. */
export function sixBytes(seconds: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(seconds, 0, 6);
  return bytes;
}

export function wireName(name: string): WireName {
  return wholeName(name).toString('latin1');
}
