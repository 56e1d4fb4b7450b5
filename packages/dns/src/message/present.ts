import { presentString } from './character-string.ts';
import { TYPE, typeName } from './constants.ts';
import { presentBinding } from './present-binding.ts';
import { type Opaque, type Rdata, type ResourceRecord, typeNumber } from './record.ts';
import { bindingBytes } from './service-binding.ts';

const BINDINGS: ReadonlySet<number> = new Set([TYPE.SVCB, TYPE.HTTPS]);

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
      return (BINDINGS.has(rdata.number) ? readBinding(rdata) : undefined) ?? unread(rdata);
    default: {
      const { type: _type, name: _name, ttl: _ttl, ...fields } = rdata as ResourceRecord;
      return Object.values(fields).join(' ');
    }
  }
}

/** Undefined for what somebody has sent under such a type that is none. */
function readBinding({ rdata }: Opaque): string | undefined {
  try {
    return presentBinding(rdata);
  } catch {
    return undefined;
  }
}

function unread({ rdata }: Opaque): string {
  return `\\# ${rdata.length} ${rdata.toString('hex')}`.trimEnd();
}

function quoted(text: string): string {
  return presentString(Buffer.from(text));
}
