import { GZIP_TAG, HttpError, type HttpReply, type HttpRequest } from '@callsign/daemon';

/** Entity tags and what requests may make of them (RFC 9110, 8.8.3 and 13.1): a revision is the tag. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * Nothing but 304 for a client that has this revision already, under the very tag that it has it by: a cache finds by
 * that what is still good (RFC 9111, 4.3.4). For others it is made.
 */
export async function unlessKnown(
  { headers }: HttpRequest,
  revision: number,
  make: () => HttpReply | Promise<HttpReply>,
): Promise<HttpReply> {
  const etag = etagOf(revision);
  const known = tagsOf(headers['if-none-match']).find((tag) => tag === '*' || isWeakly(tag, etag));
  if (known !== undefined) return notModified(known === '*' ? etag : known);
  const reply = await make();
  return { ...reply, headers: { ...reply.headers, etag } };
}

/** With the headers of the whole reply that say when it is good again (RFC 9110, 15.4.5). */
function notModified(tag: string): HttpReply {
  return { status: 304, headers: { etag: tag.replace(/^W\//, ''), vary: 'accept-encoding' } };
}

/**
 * Lets a write through only to the revision that its client has seen: a weak tag is never the same. Where it wants
 * another one, a weak tag counts like any (13.1.1 and 13.1.2).
 * @param revision that of what is there now; undefined: there is nothing
 * @throws {HttpError} 412 when it is another one
 */
export function checkPreconditions({ headers }: HttpRequest, revision: number | undefined): void {
  const presentBy = (same: Comparison) => (tag: string) =>
    revision !== undefined && (tag === '*' || same(tag, etagOf(revision)));
  const { 'if-match': wanted, 'if-none-match': unwanted } = headers;
  if (wanted !== undefined && !tagsOf(wanted).some(presentBy(isStrongly))) throw preconditionFailed(revision);
  if (unwanted !== undefined && tagsOf(unwanted).some(presentBy(isWeakly)))
    throw preconditionFailed(revision);
}

/** True for a client that said which revision it goes by. */
export function isConditional({ headers }: HttpRequest): boolean {
  return headers['if-match'] !== undefined || headers['if-none-match'] !== undefined;
}

export function preconditionFailed(revision: number | undefined): HttpError {
  const now = revision === undefined ? 'there is none of that name' : `it is at revision ${revision}`;
  return new HttpError(412, 'PRECONDITION_FAILED', `the service is not as the request expects it: ${now}`);
}

type Comparison = (tag: string, etag: string) => boolean;

/** A compressed form is of the same revision. */
function isStrongly(tag: string, etag: string): boolean {
  return tag.replace(`${GZIP_TAG}"`, '"') === etag;
}

function isWeakly(tag: string, etag: string): boolean {
  return isStrongly(tag.replace(/^W\//, ''), etag);
}

function tagsOf(header = ''): string[] {
  return header
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}
