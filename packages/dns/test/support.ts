import { type Exchange, MAX_MESSAGE, type Responder } from '@callsign/dns';

/** A responder made of a function from query to reply; a reply of undefined is never sent. */
export function responder(answer: (query: Buffer, exchange: Exchange) => Buffer | undefined): Responder {
  return {
    respond: (query, length, reply, exchange) => {
      const bytes = answer(Buffer.from(query.subarray(0, length)), exchange);
      return bytes === undefined ? 0 : bytes.copy(reply, 0, 0, MAX_MESSAGE);
    },
  };
}

/** The query as a reply to itself, with this rcode and these flags. */
export function echo(query: Buffer, rcode = 0, flags = 0x8080): Buffer {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(query.readUInt16BE(2) | flags | rcode, 2);
  return reply;
}
