import { addressBytesOf } from '../address.ts';
import { uint16 } from './bytes.ts';
import { characterString } from './character-string.ts';
import { wholeName } from './name.ts';

/** SVCB and HTTPS in service mode (RFC 9460, 2). Parameters that are left out are not written. */
export interface ServiceBinding {
  readonly type: 'SVCB' | 'HTTPS';
  /** 1 to 65535, the smallest first; 0 would be the alias mode. */
  readonly priority: number;
  readonly target: string;
  /** Protocol ids as TLS negotiates them, 1 to 255 bytes each (RFC 7301). */
  readonly alpn?: readonly string[];
  /** The endpoint's port number where it is not the one that the client came with. */
  readonly port?: number;
  readonly ipv4hint?: readonly string[];
  readonly ipv6hint?: readonly string[];
}

/** SvcParamKeys by their names, in their order (RFC 9460, 14.3.2). */
export const PARAM_KEY = {
  mandatory: 0,
  alpn: 1,
  'no-default-alpn': 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
} as const;

/**
 * The rdata: the target is never compressed, and the parameters stand in the order of their keys (RFC 9460, 2.2).
 * @throws {RangeError} for a value that its field cannot hold
 */
export function bindingBytes({ priority, target, alpn, port, ipv4hint, ipv6hint }: ServiceBinding): Buffer {
  return Buffer.concat([
    uint16(priority),
    wholeName(target),
    param(PARAM_KEY.alpn, alpn?.map(protocolId)),
    param(PARAM_KEY.port, port === undefined ? undefined : [uint16(port)]),
    param(
      PARAM_KEY.ipv4hint,
      ipv4hint?.map((address) => addressBytesOf(address, 4)),
    ),
    param(
      PARAM_KEY.ipv6hint,
      ipv6hint?.map((address) => addressBytesOf(address, 16)),
    ),
  ]);
}

function param(key: number, values: readonly Buffer[] | undefined): Buffer {
  if (values === undefined || values.length === 0) return Buffer.alloc(0);
  const value = Buffer.concat(values);
  return Buffer.concat([uint16(key), uint16(value.length), value]);
}

function protocolId(id: string): Buffer {
  if (id === '') throw new RangeError('a protocol id of ALPN is empty (RFC 7301, 3.1)');
  return characterString(id);
}
