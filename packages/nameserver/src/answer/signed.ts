import type { Exchange, ReplyStream, TsigSigner } from '@callsign/dns';

/** The way back of a signed query: whatever is sent later is signed as well, message by message (RFC 8945, 5.3). */
export function signedExchange(exchange: Exchange, signer: TsigSigner, seconds: () => number): Exchange {
  const { transport, peer } = exchange;
  const sign = (reply: Uint8Array) => {
    const into = Buffer.concat([reply], reply.length + signer.room);
    return into.subarray(0, signer.sign(into, reply.length, seconds()));
  };
  const defer = () => {
    const send = exchange.defer();
    return (reply: Uint8Array) => send(sign(reply));
  };
  if (exchange.stream === undefined) return { transport, peer, signed: true, defer };
  return {
    transport,
    peer,
    signed: true,
    defer,
    stream: () => signedStream(exchange.stream?.() as ReplyStream, sign),
  };
}

function signedStream(stream: ReplyStream, sign: (message: Uint8Array) => Buffer): ReplyStream {
  return {
    send: (message) => stream.send(sign(message)),
    end: () => stream.end(),
    abort: () => stream.abort(),
  };
}
