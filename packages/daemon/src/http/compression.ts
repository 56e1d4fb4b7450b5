import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { Body, HttpReply } from './message.ts';

/** Characters below which a reply fits into a few packets as it is. */
const LEAST = 4 << 10;
/** Text that ends; a stream of events is read as it comes, and would wait inside a compressor. */
const TYPES = /^(?:application\/(?:problem\+)?json|text\/(?!event-stream)|image\/svg\+xml)/;

/** A reply as it goes over the wire. */
export interface Representation {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | AsyncIterable<Uint8Array>;
}

/** @param acceptsGzip whether the client reads it compressed: looked at where that is worth while */
export function represented(
  { status, headers = {}, body = '' }: HttpReply,
  acceptsGzip: () => boolean,
): Representation {
  if (!isCompressible(headers['content-type'], body)) return { status, headers, body };
  const varied = { ...headers, vary: [headers.vary, 'accept-encoding'].filter(Boolean).join(', ') };
  if (!acceptsGzip()) return { status, headers: varied, body };
  return { status, headers: gzipHeaders(varied), body: gzipped(body) };
}

/** Whether whoever can read it compressed should get it so. */
function isCompressible(type: string | undefined, body: Body): boolean {
  return type !== undefined && TYPES.test(type) && (typeof body !== 'string' || body.length >= LEAST);
}

/**
 * The headers of a compressed form. It is another representation, so that its strong entity tag is another one, too
 * (RFC 9110, 8.8.3.3).
 */
function gzipHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { etag, ...others } = headers;
  const tagged = etag === undefined ? {} : { etag: etag.replace(/"$/, `${GZIP_TAG}"`) };
  return { ...others, ...tagged, 'content-encoding': 'gzip' };
}

/** What the entity tag of a compressed form ends in, before its quotation mark. */
export const GZIP_TAG = '-gzip';

/** Compresses beside the thread that made it, as far as it is read and no further. */
async function* gzipped(body: Body): AsyncGenerator<Uint8Array> {
  const pieces = typeof body === 'string' ? [body] : body;
  const fast = createGzip({ level: constants.Z_BEST_SPEED });
  yield* pipeline(Readable.from(pieces), fast, () => {});
}
