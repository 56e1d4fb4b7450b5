import { TYPE } from './constants.ts';
import type { ServiceBinding } from './service-binding.ts';

/** One RR as we make it: the owner name and every name in the rdata are canonical, TTL in seconds. */
export type ResourceRecord = { readonly name: string; readonly ttl: number } & Rdata;

export type Rdata =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'NS' | 'PTR'; readonly target: string }
  | { readonly type: 'MX'; readonly preference: number; readonly target: string }
  | Srv
  | { readonly type: 'TXT'; readonly strings: readonly string[] }
  | { readonly type: 'HINFO'; readonly cpu: string; readonly os: string }
  | ServiceBinding
  | Soa
  | Opaque;

/** The bytes of a type that needs no reading here (RFC 3597). */
export interface Opaque {
  readonly type: 'OTHER';
  readonly number: number;
  readonly rdata: Buffer;
}

/** RFC 2782. */
export interface Srv {
  readonly type: 'SRV';
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** RFC 1035, 3.3.13; all times in seconds. */
export interface Soa {
  readonly type: 'SOA';
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** The number of a record's type. */
export function typeNumber(rdata: Rdata): number {
  return rdata.type === 'OTHER' ? rdata.number : TYPE[rdata.type];
}
