import { EDNS_PAYLOAD, FLAG, HEADER, PLAIN_PAYLOAD, RCODE, TYPE } from './constants.ts';
import { optionsAddUp } from './opt.ts';

/** What to do with a packet: answer it, leave it alone, or refuse it with this rcode. */
export type Verdict = 'answer' | 'drop' | 'formerr' | 'notimp' | 'badvers';

const MAX_LABEL = 63;
const MAX_NAME = 255;
const OPT_FIXED = 10;

/**
 * The one reader that packets of strangers meet. It takes a plain question and nothing else, allocates nothing
 * but the key, and cannot run away: every step goes forward by at least one byte.
 *
 * One reader serves one listener and is overwritten by each packet. After `read` has returned `answer` all
 * fields hold; after `formerr`, `notimp` and `badvers` the header and what was read before the fault do.
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
  /** The name in lower case, type and class, each byte as one character: equal for equal questions. */
  key = '';
  /** True when the query has an OPT record: then the reply has one too (RFC 6891, 6.1.1). */
  edns = false;
  /** DNSSEC OK, to be echoed (RFC 3225, 3). */
  dnssecOk = false;
  /** The most bytes that the client takes by UDP. */
  payload = PLAIN_PAYLOAD;
  /** The packet, for echoing the question as it was asked. */
  packet: Buffer = Buffer.alloc(0);

  readonly #lower = Buffer.allocUnsafe(MAX_NAME + 4);

  read(packet: Buffer, length: number): Verdict {
    if (length < HEADER) return 'drop';
    this.packet = packet;
    this.id = packet.readUInt16BE(0);
    this.flags = packet.readUInt16BE(2);
    if ((this.flags & FLAG.QR) !== 0) return 'drop';
    this.#reset();
    if (this.opcode !== 0) return 'notimp';
    const counts = packet.readUInt16BE(4) === 1 && packet.readUInt32BE(6) === 0;
    if (!counts || !this.#readQuestion(packet, length)) return 'formerr';
    return this.#readAdditional(packet, length);
  }

  /** The labels from left to right, in lower case, each byte as one character. */
  labels(): string[] {
    const labels: string[] = [];
    for (let at = 0; this.key.charCodeAt(at) !== 0; at += this.key.charCodeAt(at) + 1) {
      labels.push(this.key.slice(at + 1, at + 1 + this.key.charCodeAt(at)));
    }
    return labels;
  }

  #reset(): void {
    this.opcode = (this.flags >> 11) & 15;
    this.end = HEADER;
    this.edns = false;
    this.dnssecOk = false;
    this.payload = PLAIN_PAYLOAD;
  }

  /** A name without pointers (there is nothing before it to point at), a type and a class. */
  #readQuestion(packet: Buffer, length: number): boolean {
    let at = HEADER;
    for (let size = packet[at] ?? 0; size !== 0; size = packet[at] ?? 0) {
      if (size > MAX_LABEL || at + size + 1 >= length || at + size + 2 - HEADER > MAX_NAME) return false;
      this.#copyLabel(packet, at, size);
      at += size + 1;
    }
    if (at + 5 > length) return false;
    const nameEnd = at - HEADER;
    packet.copy(this.#lower, nameEnd, at, at + 5);
    this.type = packet.readUInt16BE(at + 1);
    this.class = packet.readUInt16BE(at + 3);
    this.end = at + 5;
    this.key = this.#lower.toString('latin1', 0, nameEnd + 5);
    return true;
  }

  #copyLabel(packet: Buffer, at: number, size: number): void {
    const lower = this.#lower;
    lower[at - HEADER] = size;
    for (let from = at + 1; from <= at + size; from += 1) {
      const byte = packet[from] as number;
      lower[from - HEADER] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    }
  }

  /** OPT once at most; other records are stepped over; nothing may stand behind the last one. */
  #readAdditional(packet: Buffer, length: number): Verdict {
    let at = this.end;
    let verdict: Verdict = 'answer';
    for (let left = packet.readUInt16BE(10); left > 0; left -= 1) {
      const fixed = skipName(packet, at, length);
      if (fixed < 0 || fixed + OPT_FIXED > length) return 'formerr';
      const next = fixed + OPT_FIXED + packet.readUInt16BE(fixed + 8);
      if (next > length) return 'formerr';
      if (packet.readUInt16BE(fixed) === TYPE.OPT) {
        if (this.edns || fixed !== at + 1 || !optionsAddUp(packet, fixed + OPT_FIXED, next)) return 'formerr';
        verdict = this.#readOpt(packet, fixed);
      }
      at = next;
    }
    return at === length ? verdict : 'formerr';
  }

  #readOpt(packet: Buffer, fixed: number): Verdict {
    this.edns = true;
    const offered = packet.readUInt16BE(fixed + 2);
    this.payload = Math.min(EDNS_PAYLOAD, Math.max(PLAIN_PAYLOAD, offered));
    this.dnssecOk = ((packet[fixed + 6] as number) & 0x80) !== 0;
    return packet[fixed + 5] === 0 ? 'answer' : 'badvers';
  }
}

/** Where a record's name ends; a pointer ends it and is not followed. Negative for a name that is none. */
function skipName(packet: Buffer, start: number, length: number): number {
  for (let at = start; at < length; ) {
    const size = packet[at] as number;
    if (size === 0) return at + 1;
    if (size >= 0xc0) return at + 2;
    if (size > MAX_LABEL || at - start > MAX_NAME) return -1;
    at += size + 1;
  }
  return -1;
}

/** The rcode of a refusal. */
export function refusalRcode(verdict: Exclude<Verdict, 'answer' | 'drop'>): number {
  return { formerr: RCODE.FORMERR, notimp: RCODE.NOTIMP, badvers: RCODE.BADVERS }[verdict];
}
