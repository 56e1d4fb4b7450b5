import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { isWithin, type OwnerName, ownerName } from '@callsign/catalog';
import { HttpError, type HttpRequest } from '@callsign/daemon';
import type { Networks } from '@callsign/dns';

type Guard = (request: HttpRequest) => void;

const READING = new Set(['GET', 'HEAD']);

export interface GuardOptions {
  readonly token: string | undefined;
  /** Whose writes are taken when there is no token. */
  readonly writers: Networks;
  readonly domains: readonly OwnerName[];
}

/** Lets a request through, or throws. */
export function guardFor({ token, writers, domains }: GuardOptions): Guard {
  return token === undefined ? networkGuard(writers, domains) : tokenGuard(token);
}

/**
 * Writes need the token as a bearer token (RFC 6750); below `/skydns/` every request needs it, and there the header is
 * the token itself, without a scheme.
 */
function tokenGuard(token: string): Guard {
  return ({ method, path, headers }) => {
    const given = headers.authorization ?? '';
    const dialect = path.startsWith('/skydns/');
    if (!dialect && READING.has(method)) return;
    if (!same(dialect ? given : bearerOf(given), token)) throw unauthorized(dialect);
  };
}

/** The scheme's name is case-insensitive (RFC 9110, 11.1). */
function bearerOf(header: string): string {
  return /^bearer +(.+)$/i.exec(header)?.[1] ?? '';
}

/** SkyDNS 1 had no scheme that a challenge could name. */
function unauthorized(dialect: boolean): HttpError {
  const detail = 'this request needs the token that the nameserver was given';
  const headers = dialect ? {} : { 'www-authenticate': 'Bearer' };
  return new HttpError(401, 'UNAUTHORIZED', detail, { headers });
}

/**
 * Without a token the address of whoever writes is all that there is to go by. A browser on a machine that may write
 * would write for every page that it shows: what a page sends is taken only if the page is our own.
 */
function networkGuard(writers: Networks, domains: readonly OwnerName[]): Guard {
  return ({ method, peer, headers: { origin, host = '' } }) => {
    if (READING.has(method)) return;
    if (!writers.has(peer)) {
      throw refused(`writes from ${peer} are not taken without a token: see --token-file and --allow-write`);
    }
    if (origin !== undefined && !isOwnPage(origin, host, domains)) {
      throw refused(`writes of a page from ${origin} are not taken without a token: see --token-file`);
    }
  };
}

/**
 * True for a page that came from where its request goes to, by an address or a name that nobody else can have made point
 * here: with a name of his own an attacker would be both (DNS rebinding).
 */
function isOwnPage(origin: string, host: string, domains: readonly OwnerName[]): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  const { hostname } = page;
  const known =
    isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost' || isOurs(hostname, domains);
  return page.host === host.toLowerCase() && known;
}

function isOurs(hostname: string, domains: readonly OwnerName[]): boolean {
  try {
    const name = ownerName(hostname);
    return domains.some((domain) => isWithin(name, domain));
  } catch {
    return false;
  }
}

function refused(detail: string): HttpError {
  return new HttpError(403, 'WRITE_REFUSED', detail);
}

/** Takes as long for a nearly right token as for a wrong one. */
function same(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
