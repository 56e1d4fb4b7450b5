import { GZIP_TAG, HttpError, type HttpReply, type HttpRequest } from '@callsign/daemon';

/** Entity tags and what requests may make of them (RFC 9110, 8.8.3 and 13.1): a revision is the tag. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/** Nothing but 304 for a client that has this revision already; for others it is made. */
export async function unlessKnown(
  { headers }: HttpRequest,
  revision: number,
  make: () => HttpReply | Promise<HttpReply>,
): Promise<HttpReply> {
  const etag = etagOf(revision);
  const known = tagsOf(headers['if-none-match']).some(
    (tag) => tag === '*' || tag.replace(/^W\//, '') === etag,
  );
  if (known) return { status: 304, headers: { etag } };
  const reply = await make();
  return { ...reply, headers: { ...reply.headers, etag } };
}

/**
 * Lets a write through only to the revision that its client has seen. A weak tag is never the same (8.8.3.2).
 * @param revision that of what is there now; undefined: there is nothing
 * @throws {HttpError} 412 when it is another one
 */
export function checkPreconditions({ headers }: HttpRequest, revision: number | undefined): void {
  const present = (tag: string) => revision !== undefined && (tag === '*' || tag === etagOf(revision));
  const { 'if-match': wanted, 'if-none-match': unwanted } = headers;
  if (wanted !== undefined && !tagsOf(wanted).some(present)) throw preconditionFailed(revision);
  if (unwanted !== undefined && tagsOf(unwanted).some(present)) throw preconditionFailed(revision);
}

/** True for a client that said which revision it goes by. */
export function isConditional({ headers }: HttpRequest): boolean {
  return headers['if-match'] !== undefined || headers['if-none-match'] !== undefined;
}

export function preconditionFailed(revision: number | undefined): HttpError {
  const now = revision === undefined ? 'there is none of that name' : `it is at revision ${revision}`;
  return new HttpError(412, 'PRECONDITION_FAILED', `the service is not as the request expects it: ${now}`);
}

/** A compressed form is of the same revision. */
function tagsOf(header = ''): string[] {
  return header
    .split(',')
    .map((tag) => tag.trim().replace(`${GZIP_TAG}"`, '"'))
    .filter((tag) => tag !== '');
}
