import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'dns-packet';
import { type Served, ZONE } from './peers.ts';
import type { Asked } from './questions.ts';

/** A name of the zone, with its dot, and its address. */
export interface Host {
  readonly name: string;
  readonly address: string;
}

export function hosts(count: number): Host[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `host${at}.${ZONE}`,
    address: `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`,
  }));
}

export function writeServed(folder: string, all: readonly Host[]): Served {
  const served = { zoneFile: join(folder, 'bench.zone'), hostsFile: join(folder, 'bench.hosts') };
  const head = `$TTL 300\n@ SOA ns.dns.${ZONE} hostmaster.${ZONE} 1 7200 1800 86400 5\n@ NS ns.dns.${ZONE}\nns.dns A 127.0.0.1\n`;
  const lines = all.map(({ name, address }) => `${name} A ${address}\n`);
  writeFileSync(served.zoneFile, head + lines.join(''));
  writeFileSync(
    served.hostsFile,
    all.map(({ name, address }) => `${address} ${name.slice(0, -1)}\n`).join(''),
  );
  return served;
}

/** An A question for each host, with the last bytes of its right answer. */
export function questionsFor(all: readonly Host[]): Asked[] {
  return all.map(({ name, address }) => ({
    message: encode({
      type: 'query',
      id: 0,
      flags: 0x0100,
      questions: [{ type: 'A', name: name.slice(0, -1) }],
    }).toString('hex'),
    rdata: Buffer.from(address.split('.').map(Number)).toString('hex'),
  }));
}
