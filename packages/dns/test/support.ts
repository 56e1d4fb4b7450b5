import type { Duplex, Readable } from 'node:stream';
import { type Exchange, MAX_MESSAGE, RCODE, type Responder } from '@callsign/dns';

/** A responder made of a function from query to reply; a reply of undefined is never sent. */
export function responder(answer: (query: Buffer, exchange: Exchange) => Buffer | undefined): Responder {
  return {
    respond: (query, length, reply, exchange) => {
      const bytes = answer(Buffer.from(query.subarray(0, length)), exchange);
      return bytes === undefined ? 0 : bytes.copy(reply, 0, 0, MAX_MESSAGE);
    },
  };
}

/** A responder whose answers wait until the test sends them. */
export function owing() {
  const sends: (() => void)[] = [];
  const answering = responder((query, exchange) => {
    const send = exchange.defer();
    sends.push(() => send(echo(query)));
    return undefined;
  });
  return { sends, answering };
}

/** The query as a reply to itself, with this rcode and these flags. */
export function echo(query: Buffer, rcode = 0, flags = 0x8080): Buffer {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(query.readUInt16BE(2) | flags | rcode, 2);
  return reply;
}

/** The query, which ends in an OPT record without options, as a reply that refuses its version of EDNS (RFC 6891, 6.1.3). */
export function badvers(query: Buffer): Buffer {
  const reply = echo(query);
  reply[query.length - 6] = RCODE.BADVERS >> 4;
  return reply;
}

/** Messages as TCP carries them, each behind its length. */
export function framed(...messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => [Buffer.from([message.length >> 8, message.length & 255]), message]),
  );
}

/** Gives back the next so many whole messages of a connection; fewer when it ends before. */
export function repliesOf(socket: Readable): (count: number) => Promise<Buffer[]> {
  let bytes = Buffer.alloc(0);
  const pieces = socket.iterator({ destroyOnReturn: false });
  return async (count) => {
    const found: Buffer[] = [];
    while (found.length < count) {
      const end = bytes.length < 2 ? 2 : 2 + bytes.readUInt16BE(0);
      if (bytes.length >= 2 && bytes.length >= end) {
        found.push(bytes.subarray(2, end));
        bytes = bytes.subarray(end);
        continue;
      }
      const { value, done } = await pieces.next();
      if (done === true) break;
      bytes = Buffer.concat([bytes, value as Buffer]);
    }
    return found;
  };
}

/** The same once, of which only the ids matter. */
export async function ids(socket: Readable, count: number): Promise<number[]> {
  return (await repliesOf(socket)(count)).map((reply) => reply.readUInt16BE(0));
}

/** Waits until a connection has ended, by whatever error. */
export async function closed(socket: Duplex): Promise<void> {
  if (socket.closed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket
    .on('error', () => undefined)
    .once('close', () => resolve())
    .resume();
  await promise;
}
