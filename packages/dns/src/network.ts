import { addressBytes, addressText, MAPPED } from './address.ts';

/** Part of the address space, as `192.0.2.0/24`; an address alone is the network of itself. */
export interface Network {
  /** 16 bytes: IPv4 is where IPv6 has it (RFC 4291, 2.5.5.2), so that both families compare alike. */
  readonly bytes: Buffer;
  /** How many of the 128 bits count. */
  readonly prefix: number;
}

const CIDR = /^([^/]+)(?:\/(\d{1,3}))?$/;

/** @throws {Error} naming what is wrong with the text */
export function parseNetwork(text: string): Network {
  const [, address = '', bits] = CIDR.exec(text) ?? [];
  const bytes = addressBytes(address);
  const width = bytes === undefined ? 0 : bytes.length * 8;
  const given = bits === undefined ? width : Number(bits);
  if (bytes === undefined || given > width) {
    throw new Error(`"${text}" is no network, for example 10.0.0.0/8, 2001:db8::/32 or 192.0.2.1`);
  }
  return { bytes: mapped(bytes), prefix: 128 - width + given };
}

/** As it is written: `192.0.2.0/24`. */
export function networkText({ bytes, prefix }: Network): string {
  const narrow = prefix >= 96 && bytes.subarray(0, MAPPED.length).equals(MAPPED);
  return narrow ? `${addressText(bytes.subarray(12))}/${prefix - 96}` : `${addressText(bytes)}/${prefix}`;
}

/** Networks to find addresses in. */
export class Networks {
  readonly #networks: readonly Network[];

  constructor(networks: readonly Network[]) {
    this.#networks = networks;
  }

  /** True when an address is in one of them; an address that is none is in none. */
  has(address: string): boolean {
    return this.longestMatch(address) >= 0;
  }

  /** How many bits the most specific network around an address has; -1 when there is none. */
  longestMatch(address: string): number {
    // A link-local address carries its interface behind a percent sign (RFC 4007, 11).
    const bytes = addressBytes(address.replace(/%.*$/, ''));
    if (bytes === undefined) return -1;
    const sixteen = mapped(bytes);
    const around = this.#networks.filter((network) => isIn(network, sixteen));
    return around.reduce((longest, { prefix }) => Math.max(longest, prefix), -1);
  }
}

function mapped(bytes: Buffer): Buffer {
  return bytes.length === 4 ? Buffer.concat([MAPPED, bytes]) : bytes;
}

function isIn({ bytes, prefix }: Network, address: Buffer): boolean {
  const whole = prefix >> 3;
  if (bytes.compare(address, 0, whole, 0, whole) !== 0) return false;
  const rest = 0xff00 >> (prefix & 7);
  return prefix === 128 || (((bytes[whole] as number) ^ (address[whole] as number)) & rest & 0xff) === 0;
}
