import type { Duplex, Readable } from 'node:stream';

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
