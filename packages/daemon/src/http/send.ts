import type { ServerResponse } from 'node:http';
import type { Representation } from './compression.ts';

/** Sends pieces one by one, as they are read, until they end or the client goes. */
export async function send(
  response: ServerResponse,
  { status, headers, body }: Representation,
): Promise<void> {
  response.statusCode = status;
  response.setHeaders(new Map(Object.entries(headers)));
  if (typeof body === 'string') {
    response.end(body);
    return;
  }
  // Some bodies never end, and nobody would read them (RFC 9110, 9.3.2).
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  for await (const piece of body) {
    if (response.destroyed || response.writableEnded) break;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

/** A client that reads slowly is waited for, so that what it has not read yet does not pile up here. */
async function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const event of ['drain', 'close'] as const) response.once(event, resolve);
  await promise;
  for (const event of ['drain', 'close'] as const) response.off(event, resolve);
}
