import { MAX_MESSAGE, RCODE, TYPE } from '../message/constants.ts';
import { inspectMessage } from '../message/inspect.ts';
import { soaMinimumAt, ttlAt } from '../message/ttl.ts';

/** Where questions are asked (RFC 8484, 4.1.1 leaves it to the server; this is what everybody takes). */
const DOH_PATH = '/dns-query';
export const DOH_TYPE = 'application/dns-message';
/** What stands before the path where a client writes out the whole target (RFC 9112, 3.2.2). */
const ORIGIN = /^https:\/\/[^/?]*/i;

/** The part of an HTTP request that says what is asked. */
export interface DohRequest {
  readonly method: string;
  /** Path and query, or the whole target. */
  readonly target: string;
  readonly contentType: string | undefined;
  readonly contentLength: number;
}

/** What a request comes to: the question itself, the body that has to be read for it, or a refusal. */
export type DohReading =
  | { readonly kind: 'question'; readonly message: Buffer }
  | { readonly kind: 'body' }
  | DohRefusal;

export interface DohRefusal {
  readonly kind: 'refusal';
  readonly status: 400 | 404 | 405 | 413 | 415 | 429;
  /** For the person who tries it with a browser or curl. */
  readonly text: string;
}

export const NO_QUESTION = refusal(400, 'that is no DNS question in wire format (RFC 8484, 4.1)');
export const TOO_MANY = refusal(429, 'that many questions are not taken at the same time');
export const TOO_LARGE = refusal(413, `a DNS message has ${MAX_MESSAGE} bytes at most`);
const NO_SUCH_PATH = refusal(404, `questions are asked at ${DOH_PATH}`);
const NOT_THIS_WAY = refusal(405, 'questions are asked by GET or POST');
const OTHER_TYPE = refusal(415, `the body of a POST is ${DOH_TYPE}`);
const NOT_BASE64URL = refusal(400, 'GET takes ?dns=, a DNS message in base64url without padding');

/** Reads a request as far as it can be without its body. */
export function readDoh({ method, target, contentType, contentLength }: DohRequest): DohReading {
  const [path, query = ''] = target.replace(ORIGIN, '').split('?', 2);
  if (path !== DOH_PATH) return NO_SUCH_PATH;
  if (method === 'GET' || method === 'HEAD') return readVariable(query);
  if (method !== 'POST') return NOT_THIS_WAY;
  if (mediaType(contentType) !== DOH_TYPE) return OTHER_TYPE;
  return contentLength > MAX_MESSAGE ? TOO_LARGE : { kind: 'body' };
}

function readVariable(query: string): DohReading {
  const text = new URLSearchParams(query).get('dns') ?? '';
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return NOT_BASE64URL;
  return { kind: 'question', message: Buffer.from(text, 'base64url') };
}

/** Without its parameters; types are case-insensitive (RFC 9110, 8.3.1). */
function mediaType(header = ''): string {
  return (header.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/**
 * How long an HTTP cache may keep a reply: not longer than the smallest TTL of its answer, or than a resolver may
 * remember that there is none (RFC 8484, 5.1).
 */
export function cacheControl(reply: Buffer): string {
  const seconds = freshness(reply);
  return seconds === undefined ? 'no-store' : `max-age=${seconds}`;
}

function freshness(reply: Buffer): number | undefined {
  const rcode = (reply[3] as number) & 15;
  const inspected = inspectMessage(reply);
  if (inspected.fault !== undefined || (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN))
    return undefined;
  const answers = inspected.types.slice(0, reply.readUInt16BE(6));
  const soa = inspected.types.find((at) => reply.readUInt16BE(at) === TYPE.SOA);
  if (answers.length > 0) return Math.min(...answers.map((at) => ttlAt(reply, at)));
  return soa === undefined ? undefined : Math.min(ttlAt(reply, soa), soaMinimumAt(reply, soa));
}

function refusal(status: DohRefusal['status'], text: string): DohRefusal {
  return { kind: 'refusal', status, text };
}
