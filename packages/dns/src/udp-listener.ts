import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { listenError, type Part, type SocketAddress } from '@callsign/daemon';
import { MAX_MESSAGE } from './constants.ts';
import type { Exchange, Responder } from './responder.ts';

/** Room for bursts while this thread is busy, in bytes; the kernel caps it at net.core.rmem_max. */
const SOCKET_BUFFER = 4 << 20;

/** Answers DNS over UDP on one address, through node:dgram. */
export class UdpListener implements Part {
  readonly name = 'dns/udp';
  readonly #at: SocketAddress;
  readonly #responder: Responder;
  readonly #reply = Buffer.allocUnsafe(MAX_MESSAGE);
  #socket: Socket | undefined;
  readonly #exchange = new Datagram((reply, peer) => this.#send(reply, peer));

  constructor(at: SocketAddress, responder: Responder) {
    this.#at = at;
    this.#responder = responder;
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    const { address, port } = (this.#socket as Socket).address();
    return { host: address, port };
  }

  async start(): Promise<void> {
    const { host, port } = this.#at;
    const socket = createSocket({ type: isIPv4(host) ? 'udp4' : 'udp6', recvBufferSize: SOCKET_BUFFER });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('error', reject);
    socket.bind(port, host === '' ? '::' : host, resolve);
    try {
      await promise;
    } catch (error) {
      throw listenError('DNS over UDP', '--dns', this.#at, error);
    }
    socket.off('error', reject);
    // An ICMP error to one client must not end the service for all.
    socket.on('error', () => undefined);
    socket.on('message', (packet, peer) => this.#receive(packet, peer));
    this.#socket = socket;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.close(resolve);
    await promise;
  }

  #receive(packet: Buffer, peer: RemoteInfo): void {
    // Port 0 is nobody's: an answer there could only be an error.
    if (peer.port === 0) return;
    this.#exchange.from = peer;
    const length = this.#responder.respond(packet, packet.length, this.#reply, this.#exchange);
    // dgram keeps the bytes until they are sent, and the next packet may be answered before.
    if (length > 0) this.#send(Buffer.from(this.#reply.subarray(0, length)), peer);
  }

  #send(reply: Uint8Array, peer: RemoteInfo): void {
    this.#socket?.send(reply, peer.port, peer.address, () => undefined);
  }
}

/** The way back of the datagram that is being answered. */
class Datagram implements Exchange {
  readonly transport = 'udp';
  readonly #send: (reply: Uint8Array, peer: RemoteInfo) => void;
  from: RemoteInfo | undefined;

  constructor(send: (reply: Uint8Array, peer: RemoteInfo) => void) {
    this.#send = send;
  }

  get peer(): string {
    return (this.from as RemoteInfo).address;
  }

  defer(): (reply: Uint8Array) => void {
    const peer = this.from as RemoteInfo;
    return (reply) => this.#send(reply, peer);
  }
}
