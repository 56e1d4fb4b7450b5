import { get16 } from './bytes.ts';
import {
  EDNS_PAYLOAD,
  FLAG,
  HEADER,
  MAX_LABEL,
  MAX_NAME,
  PLAIN_PAYLOAD,
  RCODE,
  RECORD_HEAD,
  TYPE,
} from './constants.ts';
import { HASH_BASIS } from './hash-basis.ts';
import { OPTION, OPTION_HEAD, OptionList } from './opt.ts';
import { skipName } from './question.ts';

/** What to do with a packet: answer it, give it a cookie and nothing else, leave it alone, or refuse it so. */
export type Verdict = 'answer' | 'cookie' | 'drop' | 'formerr' | 'notimp' | 'badvers';

/** A name, a type and a class, in whole words. */
const MOST_KEY = 260;
const FNV_PRIME = 0x0100_0193;
/** Bytes of a COOKIE option with a client's cookie alone, or with a server's of 8 to 32 behind it (RFC 7873, 4). */
export const CLIENT_COOKIE = 8;
const SHORTEST_BOTH = 16;
const LONGEST_BOTH = 40;

/**
 * The one reader that packets of strangers meet. It takes a plain question and nothing else, allocates
 * nothing, and cannot run away: every step goes forward by at least one byte.
 *
 * One reader serves one listener and is overwritten by each packet. After `read` has returned `answer` all
 * fields hold; after `cookie` all but the question's do; after `formerr`, `notimp` and `badvers` the header and
 * what was read before the fault.
 */
export class Query {
  id = 0;
  /** The header's third and fourth byte. */
  flags = 0;
  opcode = 0;
  type = 0;
  class = 0;
  /** Where the question ends; 12 while there is none. */
  end = HEADER;
  /** The name in lower case, type and class: the same bytes for equal questions. */
  readonly key = Buffer.alloc(MOST_KEY);
  /** The same as words; the last one is filled up with zeros. */
  readonly keyWords = new Int32Array(this.key.buffer);
  keyLength = 0;
  /** Of the key: 32 bits (FNV-1a from a basis of chance). */
  hash = 0;
  /** True when the query has an OPT record: then the reply has one too (RFC 6891, 6.1.1). */
  edns = false;
  /** DNSSEC OK, to be echoed (RFC 3225, 3). */
  dnssecOk = false;
  /** The most bytes that the client takes by UDP. */
  payload = PLAIN_PAYLOAD;
  /** Where the data of its COOKIE option stands in the packet; 0 while there is none (RFC 7873). */
  cookieAt = 0;
  cookieLength = 0;
  /** True when it asks for the server's name (RFC 5001). */
  nsid = false;
  /** True when it was padded (RFC 7830). */
  padded = false;
  /** The options that the reply's OPT record carries for this client: empty until somebody fills them in. */
  readonly options = new OptionList();
  /** Where the TSIG record begins, the last one of the packet (RFC 8945, 5.1); 0 while there is none. */
  tsig = 0;
  /** Bytes of the reply that are kept free for its own TSIG record. */
  reserved = 0;
  /** The packet, for echoing the question as it was asked. */
  packet: Buffer = Buffer.alloc(0);

  read(packet: Buffer, length: number): Verdict {
    if (length < HEADER) return 'drop';
    this.packet = packet;
    this.id = get16(packet, 0);
    this.flags = get16(packet, 2);
    if ((this.flags & FLAG.QR) !== 0) return 'drop';
    this.#reset();
    const verdict = this.#readSections(packet, length);
    if (this.opcode === 0) return verdict;
    // Another opcode may mean another format: what reads as a question is echoed, anything else is not.
    if (verdict === 'formerr') this.#reset();
    return 'notimp';
  }

  /** True when the client asks by EDNS for something that we could tell. */
  get asksForOptions(): boolean {
    return this.cookieAt > 0 || this.nsid;
  }

  /** The labels from left to right, in lower case, each byte as one character. */
  labels(): string[] {
    const labels: string[] = [];
    const name = this.key.toString('latin1', 0, this.keyLength);
    for (let at = 0; this.key[at] !== 0; at += (this.key[at] as number) + 1) {
      labels.push(name.slice(at + 1, at + 1 + (this.key[at] as number)));
    }
    return labels;
  }

  #reset(): void {
    this.opcode = (this.flags >> 11) & 15;
    this.end = HEADER;
    this.type = 0;
    this.class = 0;
    this.edns = false;
    this.dnssecOk = false;
    this.payload = PLAIN_PAYLOAD;
    this.tsig = 0;
    this.reserved = 0;
    this.options.length = 0;
    this.#forgetOptions();
  }

  #forgetOptions(): void {
    this.cookieAt = 0;
    this.cookieLength = 0;
    this.nsid = false;
    this.padded = false;
  }

  /** One question, or none from a client that wants a cookie alone (RFC 7873, 5.4); no answers. */
  #readSections(packet: Buffer, length: number): Verdict {
    const questions = get16(packet, 4);
    if (questions > 1 || get16(packet, 6) !== 0) return 'formerr';
    if (questions === 1 && !this.#readQuestion(packet, length)) return 'formerr';
    if (!this.#authorityFits(packet)) return 'formerr';
    const verdict = this.#readRecords(packet, length);
    if (questions === 1 || verdict !== 'answer') return verdict;
    return this.cookieAt > 0 ? 'cookie' : 'formerr';
  }

  /** With IXFR the client sends the SOA record that it has (RFC 1995, 3); nothing else stands there. */
  #authorityFits(packet: Buffer): boolean {
    return get16(packet, 8) <= (this.type === TYPE.IXFR ? 1 : 0);
  }

  /** A name without pointers (there is nothing before it to point at), a type and a class. */
  #readQuestion(packet: Buffer, length: number): boolean {
    const end = this.#readName(packet, length);
    if (end < 0 || end + 4 > length) return false;
    this.#endKey(packet, end);
    this.type = get16(packet, end);
    this.class = get16(packet, end + 2);
    this.end = end + 4;
    return true;
  }

  /** Copies the name in lower case into the key. @returns where it ends; negative for what is none */
  #readName(packet: Buffer, length: number): number {
    const { key } = this;
    let hash = HASH_BASIS;
    let at = HEADER;
    for (let size = packet[at] ?? 0; size !== 0; size = packet[at] ?? 0) {
      const last = at + size;
      if (size > MAX_LABEL || last + 1 >= length || last + 2 - HEADER > MAX_NAME) return -1;
      key[at - HEADER] = size;
      hash = Math.imul(hash ^ size, FNV_PRIME);
      for (at += 1; at <= last; at += 1) {
        const byte = packet[at] as number;
        const lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
        key[at - HEADER] = lower;
        hash = Math.imul(hash ^ lower, FNV_PRIME);
      }
    }
    this.hash = hash;
    return at + 1;
  }

  /** The root's label, type and class; and zeros up to a whole word. */
  #endKey(packet: Buffer, end: number): void {
    const { key } = this;
    const length = end + 4 - HEADER;
    key[end - 1 - HEADER] = 0;
    for (let at = end; at < end + 4; at += 1) {
      const byte = packet[at] as number;
      key[at - HEADER] = byte;
      this.hash = Math.imul(this.hash ^ byte, FNV_PRIME);
    }
    for (let at = length; (at & 3) !== 0; at += 1) key[at] = 0;
    this.keyLength = length;
  }

  /**
   * OPT once at most; TSIG at the end; neither before the additional section (RFC 6891, 6.1.1; RFC 8945, 5.1). Other
   * records are stepped over; nothing may stand behind the last one.
   */
  #readRecords(packet: Buffer, length: number): Verdict {
    const additional = get16(packet, 10);
    let at = this.end;
    let verdict: Verdict = 'answer';
    for (let left = get16(packet, 8) + additional; left > 0; left -= 1) {
      const fixed = skipName(packet, at, length);
      const next = recordEnd(packet, fixed, length);
      if (next < 0) return 'formerr';
      const type = get16(packet, fixed);
      if (type === TYPE.OPT) {
        const isInPlace = !this.edns && fixed === at + 1 && left <= additional;
        verdict = isInPlace ? this.#readOpt(packet, fixed, next) : 'formerr';
      } else if (type === TYPE.TSIG) {
        if (left > 1 || additional === 0) return 'formerr';
        this.tsig = at;
      }
      if (verdict === 'formerr') return verdict;
      at = next;
    }
    return at === length ? verdict : 'formerr';
  }

  /** Another version may have options of another form, so its number is looked at first (RFC 6891, 6.1.3). */
  #readOpt(packet: Buffer, fixed: number, end: number): Verdict {
    this.edns = true;
    const offered = get16(packet, fixed + 2);
    this.payload = Math.min(EDNS_PAYLOAD, Math.max(PLAIN_PAYLOAD, offered));
    this.dnssecOk = ((packet[fixed + 6] as number) & 0x80) !== 0;
    const sound = this.#readOptions(packet, fixed + RECORD_HEAD, end);
    if (!sound) this.#forgetOptions();
    if (packet[fixed + 5] !== 0) return 'badvers';
    return sound ? 'answer' : 'formerr';
  }

  /** Each option has a code, a length and that many bytes (RFC 6891, 6.1.2); those we do not know are ignored. */
  #readOptions(packet: Buffer, start: number, end: number): boolean {
    let at = start;
    while (at + OPTION_HEAD <= end) {
      const size = get16(packet, at + 2);
      this.#readOption(get16(packet, at), at + OPTION_HEAD, size);
      at += OPTION_HEAD + size;
    }
    return at === end && (this.cookieAt === 0 || isCookieLength(this.cookieLength));
  }

  /** Of several cookies the first counts (RFC 7873, 5.2). */
  #readOption(code: number, at: number, size: number): void {
    if (code === OPTION.NSID) this.nsid = true;
    if (code === OPTION.PADDING) this.padded = true;
    if (code !== OPTION.COOKIE || this.cookieAt > 0) return;
    this.cookieAt = at;
    this.cookieLength = size;
  }
}

/** Where a record ends, from behind its name on; negative when that is broken, or beyond the packet. */
function recordEnd(packet: Buffer, fixed: number, length: number): number {
  if (fixed < 0 || fixed + RECORD_HEAD > length) return -1;
  const end = fixed + RECORD_HEAD + get16(packet, fixed + 8);
  return end <= length ? end : -1;
}

/** Any other length is a format error (RFC 7873, 5.2.2). */
function isCookieLength(length: number): boolean {
  return length === CLIENT_COOKIE || (length >= SHORTEST_BOTH && length <= LONGEST_BOTH);
}

/** The rcode of a refusal. */
export function refusalRcode(verdict: Exclude<Verdict, 'answer' | 'cookie' | 'drop'>): number {
  return { formerr: RCODE.FORMERR, notimp: RCODE.NOTIMP, badvers: RCODE.BADVERS }[verdict];
}

/** The client wants to know whether the answer is authentic (RFC 6840, 5.7). */
export function wantsAd({ dnssecOk, flags }: Query): boolean {
  return dnssecOk || (flags & FLAG.AD) !== 0;
}
