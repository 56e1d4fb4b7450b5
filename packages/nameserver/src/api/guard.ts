import { createHash, timingSafeEqual } from 'node:crypto';
import { HttpError, type HttpRequest } from '@callsign/daemon';

const READING = new Set(['GET', 'HEAD']);

/**
 * Lets a request through, or throws. With a token set, writes need it as a bearer token (RFC 6750); below
 * `/skydns/` every request needs it, and there the header is the token itself, without a scheme.
 */
export function tokenGuard(token: string | undefined): (request: HttpRequest) => void {
  return ({ method, path, headers }) => {
    if (token === undefined) return;
    const given = headers.authorization ?? '';
    const dialect = path.startsWith('/skydns/');
    if (!dialect && READING.has(method)) return;
    if (!same(given, dialect ? token : `Bearer ${token}`)) {
      throw new HttpError(401, 'UNAUTHORIZED', 'this request needs the token that the nameserver was given');
    }
  };
}

/** Takes as long for a nearly right token as for a wrong one. */
function same(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
