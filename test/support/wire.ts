/** A reply as plain values, read by a codec of the tests' own: names in lower case, a record as one line. */
export interface WireReply {
  readonly rcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly answer: readonly WireRecord[];
  readonly authority: readonly WireRecord[];
  /** Without OPT. */
  readonly additional: readonly WireRecord[];
}

export interface WireRecord {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  /** Names of known types as text, everything else in hexadecimal. */
  readonly rdata: string;
}

const OPT = 41;
/** How many bytes stand before each name in the rdata of types that hold names. */
const NAMES: Readonly<Record<number, readonly number[]>> = {
  2: [0],
  5: [0],
  6: [0, 0],
  12: [0],
  15: [2],
  33: [6],
  64: [2],
  65: [2],
};

/** A question with EDNS; the labels keep their case. */
export function questionOf(id: number, name: string, type: number, payload: number): Buffer {
  const labels = name
    .split('.')
    .filter((label) => label !== '')
    .map((label) => String.fromCharCode(label.length) + label);
  const qname = Buffer.from(`${labels.join('')}\0`, 'latin1');
  const head = words(id, 0, 1, 0, 0, 1);
  const opt = Buffer.concat([Buffer.from([0]), words(OPT, payload, 0, 0, 0)]);
  return Buffer.concat([head, qname, words(type, 1), opt]);
}

export function readReply(message: Buffer): WireReply {
  const flags = message.readUInt16BE(2);
  let at = 12;
  for (let left = message.readUInt16BE(4); left > 0; left -= 1) at = nameAt(message, at).end + 4;
  const sections = [6, 8, 10].map((count) => {
    const records: WireRecord[] = [];
    for (let left = message.readUInt16BE(count); left > 0; left -= 1) {
      const { record, end } = recordAt(message, at);
      if (record.type !== OPT) records.push(record);
      at = end;
    }
    return records;
  }) as [WireRecord[], WireRecord[], WireRecord[]];
  const [answer, authority, additional] = sections;
  return {
    rcode: flags & 15,
    aa: (flags & 0x400) !== 0,
    tc: (flags & 0x200) !== 0,
    answer,
    authority,
    additional,
  };
}

function recordAt(message: Buffer, start: number): { record: WireRecord; end: number } {
  const { name, end: fixed } = nameAt(message, start);
  const type = message.readUInt16BE(fixed);
  const end = fixed + 10 + message.readUInt16BE(fixed + 8);
  const rdata = rdataAt(message, type, fixed + 10, end);
  return { record: { name, type, ttl: message.readUInt32BE(fixed + 4), rdata }, end };
}

function rdataAt(message: Buffer, type: number, start: number, end: number): string {
  const parts: string[] = [];
  let at = start;
  for (const before of NAMES[type] ?? []) {
    if (before > 0) parts.push(message.toString('hex', at, at + before));
    const target = nameAt(message, at + before);
    parts.push(target.name);
    at = target.end;
  }
  if (at < end) parts.push(message.toString('hex', at, end));
  return parts.join(' ');
}

function nameAt(message: Buffer, start: number): { name: string; end: number } {
  let name = '';
  let end = 0;
  for (let at = start; ; ) {
    const size = message[at] as number;
    if (size >= 0xc0) {
      end ||= at + 2;
      at = message.readUInt16BE(at) & 0x3fff;
    } else if (size === 0) return { name: name.toLowerCase() || '.', end: end || at + 1 };
    else {
      name += `${message.toString('latin1', at + 1, at + 1 + size)}.`;
      at += size + 1;
    }
  }
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, at) => {
    bytes.writeUInt16BE(value, at * 2);
  });
  return bytes;
}
