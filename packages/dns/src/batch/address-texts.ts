import { get32 } from '../message/bytes.ts';
import { formatAddress, isIPv4Address } from './socket-address.ts';

/** How many addresses are remembered: a flood of them costs no more than this. */
const MOST = 10_000;
const V4_AT = 4;
/** Where an IPv4 address stands in the struct sockaddr of an IPv6 socket (RFC 4291, 2.5.5.2). */
const MAPPED_AT = 20;

/** The addresses of one socket's clients as text, which is dear to make: those of IPv4 are made once. */
export class AddressTexts {
  readonly #known = new Map<number, string>();

  /** @param address a struct sockaddr */
  of(address: Buffer): string {
    if (isIPv4Address(address)) return this.#once(address, get32(address, V4_AT));
    return isMapped(address) ? this.#once(address, get32(address, MAPPED_AT)) : formatAddress(address);
  }

  #once(address: Buffer, number: number): string {
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST) this.#known.clear();
    const text = formatAddress(address);
    this.#known.set(number, text);
    return text;
  }
}

function isMapped(address: Buffer): boolean {
  return get32(address, 8) === 0 && get32(address, 12) === 0 && get32(address, 16) === 0xffff;
}
