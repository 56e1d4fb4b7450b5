import { addressText } from '../address.ts';
import { presentString, stringAt } from './character-string.ts';
import { MAX_LABEL } from './constants.ts';
import { presentName } from './name.ts';
import { PARAM_KEY } from './service-binding.ts';

/** By their numbers. */
const KEYS = Object.keys(PARAM_KEY) as readonly (keyof typeof PARAM_KEY)[];

/**
 * The rdata of SVCB and HTTPS as a zone file has it (RFC 9460, 2.1).
 * @throws {RangeError} for bytes that are no such rdata
 */
export function presentBinding(rdata: Buffer): string {
  const { labels, end } = labelsOf(rdata, 2);
  return [rdata.readUInt16BE(0), presentName(labels), ...paramsOf(rdata.subarray(end))].join(' ');
}

function labelsOf(rdata: Buffer, start: number) {
  const labels: string[] = [];
  let at = start;
  for (let size = rdata.readUInt8(at); size > 0; size = rdata.readUInt8(at)) {
    if (size > MAX_LABEL)
      throw new RangeError('the target of a service binding is compressed (RFC 9460, 2.2)');
    labels.push(piece(rdata, at + 1, size).toString('latin1'));
    at += 1 + size;
  }
  return { labels, end: at + 1 };
}

function paramsOf(bytes: Buffer): string[] {
  const params: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = piece(bytes, at + 4, bytes.readUInt16BE(at + 2));
    params.push(presentParam(bytes.readUInt16BE(at), value));
    at += 4 + value.length;
  }
  return params;
}

function presentParam(key: number, value: Buffer): string {
  const text = presentValue(key, value);
  return text === '' ? nameOf(key) : `${nameOf(key)}=${text}`;
}

function nameOf(key: number): string {
  return KEYS[key] ?? `key${key}`;
}

function presentValue(key: number, value: Buffer): string {
  switch (KEYS[key]) {
    case 'mandatory':
      return pieces(value, 2)
        .map((each) => nameOf(each.readUInt16BE(0)))
        .join(',');
    case 'alpn':
      return presentString(Buffer.from(protocolIds(value).join(','), 'latin1'));
    case 'port':
      return String(value.readUInt16BE(0));
    case 'ipv4hint':
      return pieces(value, 4).map(addressText).join(',');
    case 'ipv6hint':
      return pieces(value, 16).map(addressText).join(',');
    case 'ech':
      return value.toString('base64');
    default:
      return value.length === 0 ? '' : presentString(value);
  }
}

/** A comma inside one is told from one between two of them (RFC 9460, A.1). */
function protocolIds(value: Buffer): string[] {
  const ids: string[] = [];
  for (let at = 0; at < value.length; at += 1 + (value[at] as number)) {
    const id = stringAt(value, at).toString('latin1');
    ids.push(id.replace(/[\\,]/g, '\\$&'));
  }
  return ids;
}

function pieces(value: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(value.length / size) }, (_, at) => piece(value, at * size, size));
}

function piece(bytes: Buffer, start: number, size: number): Buffer {
  if (start + size > bytes.length) throw new RangeError('a service binding is cut short');
  return bytes.subarray(start, start + size);
}
