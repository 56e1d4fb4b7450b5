import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';

/** What a reply consists of: its whole body, pieces that are made already, or pieces that come. */
export type Body = string | readonly string[] | AsyncIterable<string>;

/** Characters below which a reply fits into a few packets as it is. */
const LEAST = 4 << 10;
/** Text that ends; a stream of events is read as it comes, and would wait inside a compressor. */
const TYPES = /^(?:application\/(?:problem\+)?json|text\/(?!event-stream)|image\/svg\+xml)/;

/** Whether whoever can read it compressed should get it so. */
export function isCompressible(type: string | undefined, body: Body): boolean {
  return type !== undefined && TYPES.test(type) && (typeof body !== 'string' || body.length >= LEAST);
}

/**
 * The headers of a compressed form. It is another representation, so that its strong entity tag is another one, too
 * (RFC 9110, 8.8.3.3).
 */
export function gzipHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { etag, ...others } = headers;
  const tagged = etag === undefined ? {} : { etag: etag.replace(/"$/, `${GZIP_TAG}"`) };
  return { ...others, ...tagged, 'content-encoding': 'gzip' };
}

/** What the entity tag of a compressed form ends in, before its quotation mark. */
export const GZIP_TAG = '-gzip';

/** Compresses beside the thread that made it, as far as it is read and no further. */
export async function* gzipped(body: Body): AsyncGenerator<Uint8Array> {
  const pieces = typeof body === 'string' ? [body] : body;
  const fast = createGzip({ level: constants.Z_BEST_SPEED });
  yield* pipeline(Readable.from(pieces), fast, () => {});
}
