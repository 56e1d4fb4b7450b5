import type { HttpReply } from '@callsign/daemon';

/** One server-sent event. Without data a client takes its id as its place, and shows nobody anything. */
export interface SentEvent {
  readonly id?: number;
  readonly event?: string;
  readonly data?: unknown;
}

/** What keeps a silent stream from being taken for a dead one. */
export const KEEP_ALIVE = ': watching\n\n';

/** An answer that does not end (HTML Standard, 9.2). */
export function eventStream(body: AsyncIterable<string>): HttpReply {
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' };
  return { status: 200, headers, body };
}

export function sentEvent({ id, event, data }: SentEvent): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}
