const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint'];

/** The rdata of SVCB or HTTPS as a zone file has it (RFC 9460, 2.1), read by code that is not ours to be tested. */
export function presentBinding(rdata: Buffer): string {
  const labels: string[] = [];
  let at = 2;
  for (let size = rdata[at] as number; size > 0; size = rdata[at] as number) {
    labels.push(rdata.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  const params: string[] = [];
  for (at += 1; at < rdata.length; at += 4 + rdata.readUInt16BE(at + 2)) {
    const value = rdata.subarray(at + 4, at + 4 + rdata.readUInt16BE(at + 2));
    const key = KEYS[rdata.readUInt16BE(at)] ?? 'unknown';
    params.push(` ${key}=${presentValue(key, value)}`);
  }
  return `${rdata.readUInt16BE(0)} ${labels.join('.')}.${params.join('')}`;
}

function presentValue(key: string, value: Buffer): string {
  switch (key) {
    case 'alpn': {
      const ids: string[] = [];
      for (let at = 0; at < value.length; at += 1 + (value[at] as number)) {
        ids.push(value.toString('latin1', at + 1, at + 1 + (value[at] as number)));
      }
      return ids.join(',');
    }
    case 'port':
      return String(value.readUInt16BE(0));
    case 'ipv4hint':
      return pieces(value, 4)
        .map((piece) => [...piece].join('.'))
        .join(',');
    default:
      return pieces(value, 16)
        .map((piece) => piece.toString('hex'))
        .join(',');
  }
}

function pieces(value: Buffer, size: number): Buffer[] {
  return Array.from({ length: value.length / size }, (_, at) => value.subarray(at * size, (at + 1) * size));
}
