import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { type ListenAt, listenError, type Part, type SocketAddress } from '@callsign/daemon';
import { MAX_MESSAGE } from '../message/constants.ts';
import type { Networks } from '../network.ts';
import type { Exchange, Responder } from '../responder.ts';
import type { ListenerOptions } from './acceptor.ts';
import { parseProxyHeader } from './proxy-protocol.ts';
import { TransportCounters } from './transport-counters.ts';

/** Room for bursts while this thread is busy, in bytes; the kernel caps it at net.core.rmem_max. */
const SOCKET_BUFFER = 4 << 20;

/** Addresses of a socket that is bound to all. */
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Answers DNS over UDP on one address, through node:dgram. */
export class UdpListener implements Part {
  readonly name = 'dns/udp';
  readonly #at: ListenAt;
  readonly #responder: Responder;
  readonly #proxies: Networks | undefined;
  readonly #counters: TransportCounters;
  readonly #reply = Buffer.allocUnsafe(MAX_MESSAGE);
  #socket: Socket | undefined;
  readonly #exchange = new Datagram((reply, to) => this.#send(reply, to));

  constructor(at: ListenAt, responder: Responder, options: ListenerOptions = {}) {
    this.#at = at;
    this.#responder = responder;
    this.#proxies = options.proxies;
    this.#counters = options.counters ?? new TransportCounters();
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    const { address, port } = (this.#socket as Socket).address();
    return { host: address, port };
  }

  async start(): Promise<void> {
    const { host, port, fd } = this.#at;
    const socket = createSocket({ type: isIPv4(host) ? 'udp4' : 'udp6', recvBufferSize: SOCKET_BUFFER });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('error', reject);
    socket.bind(fd === undefined ? { address: host === '' ? '::' : host, port } : { fd }, resolve);
    try {
      await promise;
    } catch (error) {
      socket.close();
      throw listenError('DNS over UDP', '--dns', this.#at, error);
    }
    socket.off('error', reject);
    // An ICMP error to one client must not end the service for all.
    socket.on('error', () => undefined);
    socket.on('message', (packet, from) => this.#receive(packet, from));
    this.#socket = socket;
    this.#exchange.asked = EVERYWHERE.has(this.address.host) ? undefined : this.address;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.close(resolve);
    await promise;
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    // Port 0 is nobody's: an answer there could only be an error.
    if (from.port === 0) return;
    if (this.#proxies?.has(from.address)) this.#receiveProxied(packet, from);
    else this.#answer(packet, from, from.address);
  }

  /** The answer goes to the proxy, without a header: it knows whose it is. */
  #receiveProxied(packet: Buffer, from: RemoteInfo): void {
    const header = parseProxyHeader(packet);
    if (header.kind === 'header') {
      this.#answer(packet.subarray(header.length), from, header.source ?? from.address);
    } else this.#counters.headersRefused += 1;
  }

  #answer(packet: Buffer, from: RemoteInfo, peer: string): void {
    this.#exchange.from = from;
    this.#exchange.peer = peer;
    const length = this.#responder.respond(packet, packet.length, this.#reply, this.#exchange);
    // dgram keeps the bytes until they are sent, and the next packet may be answered before.
    if (length > 0) this.#send(Buffer.from(this.#reply.subarray(0, length)), from);
  }

  #send(reply: Uint8Array, to: RemoteInfo): void {
    this.#socket?.send(reply, to.port, to.address, () => undefined);
  }
}

/** The way back of the datagram that is being answered. */
class Datagram implements Exchange {
  readonly transport = 'udp';
  readonly #send: (reply: Uint8Array, to: RemoteInfo) => void;
  from: RemoteInfo | undefined;
  peer = '';
  /** Node does not tell where a datagram was sent to: what is bound to every address does not know. */
  asked: SocketAddress | undefined;

  constructor(send: (reply: Uint8Array, to: RemoteInfo) => void) {
    this.#send = send;
  }

  /** A proxy's is not the client's. */
  get peerPort(): number | undefined {
    const { address, port } = this.from as RemoteInfo;
    return address === this.peer ? port : undefined;
  }

  defer(): (reply: Uint8Array) => void {
    const from = this.from as RemoteInfo;
    return (reply) => this.#send(reply, from);
  }
}
