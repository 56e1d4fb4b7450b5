import { presentString, stringAt } from './character-string.ts';
import { TYPE, typeName } from './constants.ts';
import { presentBinding } from './present-binding.ts';
import { type Opaque, type Rdata, type ResourceRecord, typeNumber } from './record.ts';
import { bindingBytes } from './service-binding.ts';

/** How the rdata of types is written that are kept as bytes; each throws where these are none of its type. */
const PRESENTED: ReadonlyMap<number, (rdata: Buffer) => string> = new Map([
  [TYPE.SVCB, presentBinding],
  [TYPE.HTTPS, presentBinding],
  [TYPE.HINFO, presentMachine],
  [TYPE.CAA, presentCertification],
]);
const TAG = /^[a-zA-Z0-9]+$/;

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
    case 'SVCB':
    case 'HTTPS':
      return presentBinding(bindingBytes(rdata));
    case 'OTHER':
      return read(rdata) ?? unread(rdata);
    default: {
      const { type: _type, name: _name, ttl: _ttl, ...fields } = rdata as ResourceRecord;
      return Object.values(fields).join(' ');
    }
  }
}

/** Undefined for what somebody has sent under such a type that is none. */
function read({ number, rdata }: Opaque): string | undefined {
  try {
    return PRESENTED.get(number)?.(rdata);
  } catch {
    return undefined;
  }
}

/** HINFO: two character strings (RFC 1035, 3.3.2). */
function presentMachine(rdata: Buffer): string {
  const cpu = stringAt(rdata, 0);
  const os = stringAt(rdata, 1 + cpu.length);
  if (2 + cpu.length + os.length < rdata.length) throw new RangeError('more than two strings');
  return `${presentString(cpu)} ${presentString(os)}`;
}

/** Flags, a tag, and the rest is its value (RFC 8659, 4.1). */
function presentCertification(rdata: Buffer): string {
  const tag = stringAt(rdata, 1).toString('latin1');
  if (!TAG.test(tag)) throw new RangeError('no tag');
  return `${rdata[0]} ${tag} ${presentString(rdata.subarray(2 + tag.length))}`;
}

function unread({ rdata }: Opaque): string {
  return `\\# ${rdata.length} ${rdata.toString('hex')}`.trimEnd();
}

function quoted(text: string): string {
  return presentString(Buffer.from(text));
}
