import { HEADER } from '@callsign/dns';
import type { Random } from './random.ts';

/** Longer inputs than this teach nothing new and cost time. */
const LONGEST = 1_500;
const MOST_STEPS = 6;

/** Bytes and 16-bit numbers at which readers of DNS take another way. */
const BYTES = [0, 1, 0x29, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff];
const NUMBERS = [
  0, 1, 2, 6, 8, 10, 12, 15, 16, 28, 33, 41, 64, 65, 250, 251, 252, 255, 511, 512, 0x8000, 0xffff,
];

/** Where a header counts the records of each section. */
const SECTIONS = [6, 8, 10];

/** Pieces of messages that chance would not put together. */
const PIECES = [
  '00 0029 1000 00000000 0000', // OPT
  '00 0029 0200 00008000 000c 000a 0008 0102030405060708', // OPT with a cookie
  '000a 0018 010203040506070801000000000000000000000000000000', // COOKIE, with a server's
  '0003 0000', // NSID
  'c00c 0001 0001 00000001 0004 0a000001', // A
  'c00c 0005 0001 00000001 0002 c00c', // CNAME to itself
  'c00c 0006 0001 00000001 0016 c00c c00c 00000001 00000001 00000001 00000001 00000001', // SOA
  'c00c 0010 0001 00000001 0003 02 6162', // TXT
  'c00c 0021 0001 00000001 0008 0001 0001 0050 c00c', // SRV
  '03 776562 06 646f636b6572 00 0001 0001', // a question
  '01 2a 06 646f636b6572 00 0021 0001', // an any-label question
].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  setNumber,
  lieAboutLength,
  lieAboutCount,
  moveRecord,
  pointSomewhere,
  cut,
  remove,
  repeat,
  insertPiece,
  splice,
];

/** Another input made from one of the corpus, with parts of a second one. Never changes what it is given. */
export function mutate(seed: Buffer, other: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(seed);
  for (let left = 1 + random.below(MOST_STEPS); left > 0; left -= 1) {
    if (bytes.length > 0) bytes = random.pick(MUTATIONS)(bytes, random, other);
  }
  return bytes.subarray(0, LONGEST);
}

function flipBit(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  return bytes;
}

function setByte(bytes: Buffer, random: Random): Buffer {
  bytes[random.below(bytes.length)] = random.below(2) === 0 ? random.pick(BYTES) : random.below(256);
  return bytes;
}

function setNumber(bytes: Buffer, random: Random): Buffer {
  return write(bytes, random.below(bytes.length), random.pick(NUMBERS));
}

/** Somewhere in a message most 16 bits are a length, or are taken for one: a little more, or a little less. */
function lieAboutLength(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  const was = at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
  return write(bytes, at, was + random.pick([-2, -1, 1, 2]));
}

/** One of the header's four counts. */
function lieAboutCount(bytes: Buffer, random: Random): Buffer {
  return write(bytes, 4 + 2 * random.below(4), random.below(4));
}

/** A record of one section stands in another: the counts say so, and still add up. */
function moveRecord(bytes: Buffer, random: Random): Buffer {
  const [from, to] = [random.pick(SECTIONS), random.pick(SECTIONS)];
  if (bytes.length < HEADER || bytes.readUInt16BE(from) === 0) return bytes;
  write(bytes, from, bytes.readUInt16BE(from) - 1);
  return write(bytes, to, bytes.readUInt16BE(to) + 1);
}

/** A compression pointer: back, forward, to itself, past the end. */
function pointSomewhere(bytes: Buffer, random: Random): Buffer {
  return write(bytes, random.below(bytes.length), 0xc000 | random.below(bytes.length + 4));
}

function cut(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, random.below(bytes.length));
}

function remove(bytes: Buffer, random: Random): Buffer {
  const [start, end] = range(bytes, random);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function repeat(bytes: Buffer, random: Random): Buffer {
  const [start, end] = range(bytes, random);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
}

function insertPiece(bytes: Buffer, random: Random): Buffer {
  const at = random.below(3) === 0 ? random.below(bytes.length) : bytes.length;
  return Buffer.concat([bytes.subarray(0, at), random.pick(PIECES), bytes.subarray(at)]);
}

function splice(bytes: Buffer, random: Random, other: Buffer): Buffer {
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ]);
}

function range(bytes: Buffer, random: Random): readonly [start: number, end: number] {
  const start = random.below(bytes.length);
  return [start, start + 1 + random.below(Math.min(32, bytes.length - start))];
}

function write(bytes: Buffer, at: number, value: number): Buffer {
  if (at + 2 <= bytes.length) bytes.writeUInt16BE(value & 0xffff, at);
  return bytes;
}
