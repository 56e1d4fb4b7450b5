import type { ReadValue } from './record.ts';

/** What a service says of itself beside its address: `callsign` in the stored message. */
export interface Declared {
  /** What the port is called: `http` in `_http._tcp`. */
  readonly portName: string | undefined;
  /** The transport protocol: `tcp`, `udp`. */
  readonly protocol: string;
  /** The scheme of its URLs. */
  readonly scheme: string | undefined;
  /** Protocol ids as TLS negotiates them. */
  readonly alpn: readonly string[];
}

/** What fits behind the underscore of a label: service names (RFC 6335, 5.1) and schemes (RFC 3986, 3.1) without dots. */
const WORD = /^[a-z0-9]([a-z0-9+-]{0,60}[a-z0-9])?$/;
/** More than anybody negotiates: that many always have room in a record. */
const MOST_IDS = 16;
/** RFC 7301, 3.1, as far as it can be told as text. */
const PROTOCOL_ID = /^[\x21-\x7e]{1,255}$/;

/** Anybody may write into the store: what does not have the form counts as not declared. */
export function declaredBy({ service }: ReadValue): Declared {
  const { portname, protocol, scheme, alpn } = service.callsign ?? {};
  const ids = Array.isArray(alpn) ? alpn.filter(isProtocolId).slice(0, MOST_IDS) : [];
  return {
    portName: word(portname),
    protocol: word(protocol) ?? 'tcp',
    // Nobody negotiates a protocol but by TLS: what declares ALPN and no scheme is a web server.
    scheme: word(scheme) ?? (ids.length > 0 ? 'https' : undefined),
    alpn: ids,
  };
}

function word(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.toLowerCase();
  return WORD.test(text) ? text : undefined;
}

function isProtocolId(value: unknown): value is string {
  return typeof value === 'string' && PROTOCOL_ID.test(value);
}
