import { HEADER, MAX_LABEL, MAX_NAME, RECORD_HEAD, TYPE } from './constants.ts';
import { optionsAddUp, type Span } from './opt.ts';

/** How the rdata of a type is laid out: bytes before its names, how many names, bytes behind them. */
export const LAYOUT: ReadonlyMap<number, readonly [before: number, names: number, after: number]> = new Map([
  [TYPE.A, [4, 0, 0]],
  [TYPE.AAAA, [16, 0, 0]],
  [TYPE.NS, [0, 1, 0]],
  [TYPE.CNAME, [0, 1, 0]],
  [TYPE.PTR, [0, 1, 0]],
  [TYPE.MX, [2, 1, 0]],
  [TYPE.SRV, [6, 1, 0]],
  [TYPE.SOA, [0, 2, 20]],
]);

/** What is wrong with a message, or where the type of each of its records stands. */
export type Inspection =
  | { readonly fault: string }
  | { readonly fault?: undefined; readonly types: readonly number[] };

/** Pointers that a name may go through: it has no more labels than this (RFC 1035, 2.3.4). */
const MOST_POINTERS = 127;

/** The labels that pointers led a walk over a message's names to. */
interface Walk {
  /** Those that end in records: most end in the question, where no fixed part is. */
  readonly reached: Span[];
  /** Where the records begin. */
  readonly records: number;
}

/**
 * Walks a whole message without taking it apart. Whatever passes can be parsed by a reader that trusts, as far as
 * it keeps to the types of `LAYOUT`, TXT and OPT: every name ends, every pointer points back, every rdata has the
 * length that its type asks for, and nothing stands behind the last record. Labels may have any bytes (RFC 2181, 11).
 */
export function inspectMessage(bytes: Buffer): Inspection {
  if (bytes.length < HEADER) return { fault: 'shorter than a header' };
  if (bytes.readUInt16BE(4) !== 1) return { fault: 'not exactly one question' };
  const question = nameEnd(bytes, HEADER, { reached: [], records: bytes.length });
  if (question < 0 || question + 4 > bytes.length) return { fault: 'a broken question' };
  const walk: Walk = { reached: [], records: question + 4 };
  let at = walk.records;
  const types: number[] = [];
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  for (let left = records; left > 0; left -= 1) {
    const type = nameEnd(bytes, at, walk);
    const next = recordEnd(bytes, type, walk);
    if (next < 0) return { fault: `a broken record at byte ${at}` };
    types.push(type);
    at = next;
  }
  if (walk.reached.some((label) => isFixedPart(label, types)))
    return { fault: 'a name that leads to no name' };
  return at === bytes.length ? { types } : { fault: 'bytes behind the last record' };
}

/** True for a label that meets what stands between a record's type and its rdata, where no name is; `types` rise. */
function isFixedPart({ start, end }: Span, types: readonly number[]): boolean {
  let [low, high] = [0, types.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((types[middle] as number) < end) low = middle + 1;
    else high = middle;
  }
  return low > 0 && start < (types[low - 1] as number) + RECORD_HEAD;
}

/** True for the types whose rdata has been judged. */
export function isJudged(type: number): boolean {
  return LAYOUT.has(type) || type === TYPE.TXT || type === TYPE.OPT;
}

/** Where the record ends whose type stands at `fixed`, negative when it is broken. */
function recordEnd(bytes: Buffer, fixed: number, walk: Walk): number {
  const rdata = fixed + RECORD_HEAD;
  if (fixed < 0 || rdata > bytes.length) return -1;
  const end = rdata + bytes.readUInt16BE(fixed + 8);
  if (end > bytes.length) return -1;
  return rdataFits(bytes, bytes.readUInt16BE(fixed), rdata, end, walk) ? end : -1;
}

function rdataFits(bytes: Buffer, type: number, start: number, end: number, walk: Walk): boolean {
  if (type === TYPE.TXT) return start < end && stringsEnd(bytes, start, end) === end;
  if (type === TYPE.OPT) return optionsAddUp(bytes, start, end);
  const layout = LAYOUT.get(type);
  if (layout === undefined) return true;
  const [before, names, after] = layout;
  let at = start + before;
  for (let left = names; left > 0 && at >= 0; left -= 1) at = nameEnd(bytes, at, walk);
  return at >= 0 && at + after === end;
}

function stringsEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) at += 1 + (bytes[at] as number);
  return at;
}

/**
 * Where the name at `start` ends in place, negative when it is broken. Each pointer has to point before the
 * place where the name or the last jump began, so no walk visits a byte twice (RFC 1035, 4.1.4: "prior"). Without a
 * bound on pointers that lead to pointers, 64 KiB would be walked millions of times by all names together.
 */
function nameEnd(bytes: Buffer, start: number, { reached, records }: Walk): number {
  let end = -1;
  let total = 0;
  let pointers = 0;
  for (let at = start, before = start; at < bytes.length; ) {
    const size = bytes[at] as number;
    const behind = at + (size < 0xc0 ? size + 1 : 2);
    if (end >= 0 && behind > records) reached.push({ start: at, end: behind });
    if (size === 0) return end < 0 ? at + 1 : end;
    if (size >= 0xc0) {
      if (end < 0) end = at + 2;
      at = targetOf(bytes, at, before);
      pointers += 1;
      if (at < 0 || pointers > MOST_POINTERS) return -1;
      before = at;
    } else {
      at += size + 1;
      total += size + 1;
      if (size > MAX_LABEL || total >= MAX_NAME) return -1;
    }
  }
  return -1;
}

/** Where the pointer at `at` leads; negative when that is not before `before`, or no place for a name. */
function targetOf(bytes: Buffer, at: number, before: number): number {
  if (at + 2 > bytes.length) return -1;
  const target = bytes.readUInt16BE(at) & 0x3fff;
  return target < before && target >= HEADER ? target : -1;
}
