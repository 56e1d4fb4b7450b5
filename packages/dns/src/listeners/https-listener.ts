import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { ListenAt, Part, SocketAddress } from '@callsign/daemon';
import { asksForPadding, padded } from '../edns/padding.ts';
import { MAX_MESSAGE } from '../message/constants.ts';
import type { Responder } from '../responder.ts';
import { Acceptor, type ListenerOptions } from './acceptor.ts';
import type { Certificate } from './certificate.ts';
import { cacheControl, DOH_TYPE, type DohRefusal, NO_QUESTION, readDoh, TOO_LARGE, TOO_MANY } from './doh.ts';
import type { Place } from './place.ts';
import { secured, TLS_LIMITS } from './tls-listener.ts';
import { TransportCounters } from './transport-counters.ts';

export interface HttpsLimits {
  /** The most connections at one time. */
  readonly connections: number;
  /** Questions that one connection may ask at the same time. */
  readonly streams: number;
  /** Milliseconds that a connection may go without a whole question. */
  readonly idleMs: number;
  /** Milliseconds for the handshake, and for a PROXY header before it. */
  readonly handshakeMs: number;
  /** Milliseconds that answers may take which are owed when the listener is closed. */
  readonly graceMs: number;
}

export const HTTPS_LIMITS: HttpsLimits = {
  connections: TLS_LIMITS.connections,
  streams: 100,
  idleMs: TLS_LIMITS.idleMs,
  handshakeMs: TLS_LIMITS.handshakeMs,
  graceMs: TLS_LIMITS.graceMs,
};

export interface HttpsOptions extends ListenerOptions {
  readonly limits?: HttpsLimits;
}

/** Bytes of a request's headers, as Node has it for HTTP/1.1: a question in `?dns=` has some hundreds. */
const HEADER_BYTES = 16 << 10;
/** Every request is answered into this and copied from it before the next one is. */
const REPLY = Buffer.allocUnsafe(MAX_MESSAGE);

/** Answers DNS over HTTPS on one address, by HTTP/2 and HTTP/1.1 (RFC 8484). */
export class HttpsListener implements Part {
  readonly name = 'dns/https';
  readonly #acceptor: Acceptor;
  readonly #http: Http2SecureServer;
  readonly #responder: Responder;
  readonly #limits: HttpsLimits;
  #isClosing = false;

  constructor(at: ListenAt, responder: Responder, certificate: Certificate, options: HttpsOptions = {}) {
    const { limits = HTTPS_LIMITS, counters = new TransportCounters() } = options;
    this.#responder = responder;
    this.#limits = limits;
    this.#http = createSecureServer({
      ...secured(certificate),
      ...httpLimits(limits),
      allowHTTP1: true,
      handshakeTimeout: limits.handshakeMs,
    });
    this.#http.on('tlsClientError', () => {
      counters.handshakesFailed += 1;
    });
    this.#http.on('secureConnection', (socket) => this.#begin(socket));
    this.#http.on('session', (session) => this.#beginSession(session));
    this.#http.on('request', (request, response) => this.#serve(request, response));
    this.#acceptor = new Acceptor(at, {
      ...options,
      counters,
      what: 'DNS over HTTPS',
      flag: '--doh',
      connections: limits.connections,
      headerMs: limits.handshakeMs,
      graceMs: limits.graceMs,
      // HTTP/2 has its own way to end one direction, and a session does not see the end of its socket's.
      allowHalfOpen: false,
      serve: ({ socket }) => void this.#http.emit('connection', socket),
    });
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    return this.#acceptor.address;
  }

  /** Shows another certificate from the next connection on; those that are open go on. */
  renew(certificate: Certificate): void {
    this.#http.setSecureContext(secured(certificate));
  }

  start(): Promise<void> {
    return this.#acceptor.start();
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return this.#acceptor.close();
  }

  #begin(socket: TLSSocket): void {
    const place = this.#acceptor.placeOf(socket);
    if (place === undefined) socket.destroy();
    else if (socket.alpnProtocol !== 'h2') this.#beginOld(place, socket);
  }

  #beginOld(place: Place, socket: TLSSocket): void {
    place.leaveUnlessUsed(this.#limits.idleMs, () => socket.destroy());
    place.leave = () => void (place.owed === 0 && socket.destroySoon());
  }

  /** HTTP/2 says goodbye before it goes, so that the client knows which of its questions were never read. */
  #beginSession(session: ServerHttp2Session): void {
    const place = this.#acceptor.placeOf(session.socket);
    if (place === undefined) return;
    place.leaveUnlessUsed(this.#limits.idleMs, () => session.destroy());
    place.leave = () => session.close();
  }

  #serve(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const reading = readDoh({
      method: request.method,
      target: request.url,
      contentType: request.headers['content-type'],
      contentLength: Number(request.headers['content-length'] ?? 0),
    });
    if (reading.kind === 'question') this.#answer(reading.message, request, response);
    else if (reading.kind === 'refusal') refuse(request, response, reading);
    else this.#readBody(request, response);
  }

  #readBody(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= MAX_MESSAGE) pieces.push(piece);
    });
    request.on('end', () => {
      if (size > MAX_MESSAGE) refuse(request, response, TOO_LARGE);
      else this.#answer(Buffer.concat(pieces), request, response);
    });
  }

  #answer(message: Buffer, request: Http2ServerRequest, response: Http2ServerResponse): void {
    const place = this.#acceptor.placeOf(request.socket);
    if (place === undefined) return;
    // HTTP/2 bounds streams and not what those were asked that are reset; HTTP/1.1 does not bound what is unanswered.
    if (place.owed >= this.#limits.streams) refuse(request, response, TOO_MANY);
    else this.#answerAt(place, message, request, response);
  }

  #answerAt(place: Place, message: Buffer, request: Http2ServerRequest, response: Http2ServerResponse): void {
    place.use();
    const finished = asksForPadding(message) ? padded : (reply: Buffer) => reply;
    let deferred = false;
    const defer = () => {
      deferred = true;
      response.once('finish', () => this.#isClosing && place.leave());
      return promised(place, (reply) => send(request, response, finished(reply)));
    };
    const { peer, peerPort, asked } = place;
    const exchange = { transport: 'https', peer, peerPort, asked, defer } as const;
    const length = this.#responder.respond(message, message.length, REPLY, exchange);
    if (length > 0) send(request, response, finished(Buffer.from(REPLY.subarray(0, length))));
    // A datagram that is no question is dropped; a request has to be answered.
    else if (!deferred) refuse(request, response, NO_QUESTION);
  }
}

/** A reply that comes later, to a client that may have gone until then. */
function promised(place: Place, answer: (reply: Buffer) => void): (reply: Uint8Array) => void {
  place.owed += 1;
  return (reply) => {
    place.owed -= 1;
    place.use();
    answer(Buffer.from(reply));
  };
}

function send(request: Http2ServerRequest, response: Http2ServerResponse, reply: Buffer): void {
  end(request, response, 200, reply, { 'content-type': DOH_TYPE, 'cache-control': cacheControl(reply) });
}

function refuse(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  { status, text }: DohRefusal,
): void {
  // What is still to come of the body is not kept, and must not stand in the way of the next request.
  request.resume();
  end(request, response, status, Buffer.from(`${text}\n`), {
    'content-type': 'text/plain; charset=utf-8',
    ...(status === 405 && { allow: 'GET, HEAD, POST' }),
  });
}

function end(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  status: number,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.destroyed || response.writableEnded) return;
  response.writeHead(status, { ...headers, 'content-length': body.length });
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}

/** What one connection may cost, beyond the bounds that Node sets by itself on resets, pings and settings. */
function httpLimits({ streams }: HttpsLimits) {
  return {
    settings: { maxConcurrentStreams: streams, maxHeaderListSize: HEADER_BYTES, enablePush: false },
    /** Megabytes. */
    maxSessionMemory: 4,
    maxHeaderListPairs: 64,
  };
}
