import { addressBytesOf } from '../address.ts';
import { uint16, uint32 } from './bytes.ts';
import { characterString } from './character-string.ts';
import { CLASS, HEADER, RECORD_HEAD } from './constants.ts';
import { presentLabel, wholeName, wireLabel } from './name.ts';
import { type ResourceRecord, typeNumber } from './record.ts';
import { bindingBytes } from './service-binding.ts';

/**
 * The bytes of some RRs behind a given question. Names are compressed against the question alone (RFC 1035,
 * 4.1.4), which always stands at byte 12: so each RR means the same wherever in the message it stands, and RRs
 * can be left out or change places without being written anew.
 */
export class RecordEncoder {
  readonly #offsets: ReadonlyMap<string, number>;

  /** @param labels the question's labels, from left to right */
  constructor(labels: readonly string[]) {
    this.#offsets = suffixOffsets(labels);
  }

  /** @throws {RangeError} for a value that its field cannot hold */
  encode(record: ResourceRecord): Buffer {
    const owner = this.#name(record.name);
    const rdata = this.#rdata(record);
    const fixed = Buffer.allocUnsafe(RECORD_HEAD);
    fixed.writeUInt16BE(typeNumber(record), 0);
    fixed.writeUInt16BE(CLASS.IN, 2);
    fixed.writeUInt32BE(record.ttl, 4);
    fixed.writeUInt16BE(rdata.length, 8);
    return Buffer.concat([owner, fixed, rdata]);
  }

  #rdata(record: ResourceRecord): Buffer {
    switch (record.type) {
      case 'A':
        return addressBytesOf(record.address, 4);
      case 'AAAA':
        return addressBytesOf(record.address, 16);
      case 'CNAME':
      case 'NS':
      case 'PTR':
        return this.#name(record.target);
      case 'MX':
        return Buffer.concat([uint16(record.preference), this.#name(record.target)]);
      case 'SRV':
        // The target is never compressed (RFC 2782).
        return Buffer.concat([uint16(record.priority, record.weight, record.port), wholeName(record.target)]);
      case 'TXT':
        return Buffer.concat(record.strings.map(characterString));
      case 'HINFO':
        return Buffer.concat([characterString(record.cpu), characterString(record.os)]);
      case 'SOA':
        return Buffer.concat([
          this.#name(record.mname),
          this.#name(record.rname),
          uint32(record.serial, record.refresh, record.retry, record.expire, record.minimum),
        ]);
      case 'SVCB':
      case 'HTTPS':
        return bindingBytes(record);
      case 'OTHER':
        return record.rdata;
    }
  }

  #name(name: string): Buffer {
    let head = '';
    for (let rest = name; ; ) {
      const offset = this.#offsets.get(rest);
      if (offset !== undefined) return Buffer.concat([Buffer.from(head, 'latin1'), uint16(0xc000 | offset)]);
      if (rest === '' || rest === '.') return Buffer.from(`${head}\0`, 'latin1');
      const dot = rest.indexOf('.');
      head += wireLabel(rest.slice(0, dot));
      rest = rest.slice(dot + 1);
    }
  }
}

/** Where each suffix of the question's name stands. */
function suffixOffsets(labels: readonly string[]): Map<string, number> {
  const offsets = new Map<string, number>();
  let at = HEADER + labels.reduce((sum, label) => sum + label.length + 1, 0);
  let suffix = '';
  for (const label of labels.toReversed()) {
    at -= label.length + 1;
    suffix = `${presentLabel(label)}.${suffix}`;
    offsets.set(suffix, at);
  }
  return offsets;
}
