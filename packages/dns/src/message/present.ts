import { typeName } from './constants.ts';
import { type Rdata, type ResourceRecord, typeNumber } from './record.ts';

/** A record as a line of a master file has it (RFC 1035, 5.1; RFC 3597, 5). */
export function presentRecord(record: ResourceRecord): string {
  return `${record.name} ${record.ttl} IN ${typeName(typeNumber(record))} ${presentRdata(record)}`;
}

function presentRdata(rdata: Rdata): string {
  switch (rdata.type) {
    case 'TXT':
      return rdata.strings.map(quoted).join(' ');
    case 'HINFO':
      return `${quoted(rdata.cpu)} ${quoted(rdata.os)}`;
    case 'OTHER':
      return `\\# ${rdata.rdata.length} ${rdata.rdata.toString('hex')}`.trimEnd();
    default: {
      const { type: _type, name: _name, ttl: _ttl, ...fields } = rdata as ResourceRecord;
      return Object.values(fields).join(' ');
    }
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/[^\x20-\x7e]/gu, escaped)}"`;
}

function escaped(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('');
}
