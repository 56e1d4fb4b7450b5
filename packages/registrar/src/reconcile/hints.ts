import { isMeantHost, MAX_LABEL, type Provenance, ServiceError, safeLabel } from '@callsign/catalog';
import type { ContainerSnapshot } from '../engine/snapshot.ts';
import type { Draft } from '../plugins/result.ts';
import { shortened } from './said.ts';

const PROTOCOLS = ['tcp', 'udp', 'sctp'];
/** RFC 3986, 3.1. */
const SCHEME = /^[a-z][a-z0-9+.-]*$/;
/** Visible ASCII, of which every registered identifier is made. */
const ALPN = /^[\x21-\x7e]{1,255}$/;

/** What has an underscore before it, and is a label then. */
const MOST_UNDERSCORED = MAX_LABEL - 1;

/**
 * What the nameserver needs beyond SkyDNS's message: the protocol and the port's name for SRV questions by service
 * and protocol (RFC 2782), scheme and ALPN for HTTPS and SVCB (RFC 9460).
 * @throws {ServiceError} naming the field that holds what it may not
 */
export function portHints(container: ContainerSnapshot, draft: Draft): Provenance {
  const { portName, alpn } = draft;
  const scheme = draft.scheme?.toLowerCase();
  const protocol = protocolOf(container, draft);
  if (scheme !== undefined && !SCHEME.test(scheme)) throw wrong('Scheme', 'is no scheme of a URL');
  if (!alpn.every((id) => ALPN.test(id))) throw wrong('ALPN', 'has an identifier that is none');
  refuseControls(draft);
  refuseLong(draft);
  return {
    ...(protocol !== undefined && { protocol }),
    ...(portName !== null && { portname: safeLabel(portName.replace(/^_/, '')) }),
    ...(scheme !== undefined && { scheme }),
    ...(alpn.length > 0 && { alpn }),
  };
}

/** What the plugin says, else what the container has at that port number. */
export function protocolOf({ ports }: ContainerSnapshot, draft: Draft): string | undefined {
  const possible = protocolsOf(draft);
  return possible.length === 1
    ? possible[0]
    : possible.find((each) => Object.hasOwn(ports, `${draft.port}/${each}`));
}

/** What the plugin says, else all that there are. @throws {ServiceError} when it says what is none */
export function protocolsOf({ protocol }: Draft): readonly string[] {
  if (protocol === null) return PROTOCOLS;
  const said = protocol.toLowerCase();
  if (PROTOCOLS.includes(said)) return [said];
  throw wrong('Protocol', `must be one of ${PROTOCOLS.join(', ')}`);
}

function refuseControls({ text, group }: Draft): void {
  for (const [field, value] of Object.entries({ Text: text, Group: group })) {
    if (/\p{Cc}/u.test(value ?? '')) throw wrong(field, 'has control characters');
  }
}

function refuseLong({ portName, scheme }: Draft): void {
  for (const [field, value] of Object.entries({ PortName: portName?.replace(/^_/, ''), Scheme: scheme })) {
    if ((value?.length ?? 0) > MOST_UNDERSCORED)
      throw wrong(field, `is longer than ${MOST_UNDERSCORED} characters`);
  }
}

/** @throws {ServiceError} for what nobody could mean: `10.0.0.256`, `10.0.0.1;x`, `fe80::1%eth0` */
export function refuseHost({ host }: Draft): void {
  if (!isMeantHost(host)) throw wrong('Host', `is neither an address nor a name: "${shortened(host)}"`);
}

function wrong(field: string, detail: string): ServiceError {
  return new ServiceError([{ field, detail }]);
}
