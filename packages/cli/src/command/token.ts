import type { Host } from './host.ts';
import { readOptionFile } from './option-file.ts';

/** What a header can carry (RFC 9110, 5.5). */
const TOKEN = /^[\x20-\x7e]+$/;

/** The token in a file, without the line's end. @throws {OptionsError} when it cannot be read or is empty */
export function readToken(host: Host, path: string | undefined): { readonly token?: string } {
  if (path === undefined) return {};
  return { token: readOptionFile(host, 'token-file', path, parseToken) };
}

function parseToken(text: string): string {
  const token = text.trim();
  if (token === '') throw new Error('it is empty');
  // Never shown: what is in a file that was named by mistake may be a key.
  if (!TOKEN.test(token)) throw new Error('it holds more than a token, which is one line of printable ASCII');
  return token;
}
