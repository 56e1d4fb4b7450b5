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
