import { type SocketAddress, type Timestamp, timestamp } from '@callsign/daemon';
import { MAX_MESSAGE, peerBytes, type Transport } from '@callsign/dns';
import { ProtobufWriter } from './protobuf.ts';

/** The types of messages that we send: https://github.com/dnstap/dnstap.pb */
export const MESSAGE_TYPE = {
  CLIENT_QUERY: 5,
  CLIENT_RESPONSE: 6,
  FORWARDER_QUERY: 7,
  FORWARDER_RESPONSE: 8,
} as const;

export interface TapMessage {
  readonly type: (typeof MESSAGE_TYPE)[keyof typeof MESSAGE_TYPE];
  readonly transport: Transport;
  /** The other side's: the client's of a client's message, the upstream's of a forwarder's. */
  readonly address: string;
  readonly port: number | undefined;
  /** Our side, where it is known. */
  readonly own?: SocketAddress | undefined;
  /** Milliseconds since the epoch. */
  readonly queryTime: number;
  /** Absent: this is the query. */
  readonly responseTime?: number;
  readonly bytes: Uint8Array;
}

/** Who says so: what `id.server` and `version.bind` tell. */
export interface TapIdentity {
  readonly server: string;
  readonly version: string;
}

const DNSTAP = { IDENTITY: 1, VERSION: 2, MESSAGE: 14, TYPE: 15 } as const;
const DNSTAP_TYPE_MESSAGE = 1;
const FIELD = {
  TYPE: 1,
  SOCKET_FAMILY: 2,
  SOCKET_PROTOCOL: 3,
  QUERY_ADDRESS: 4,
  RESPONSE_ADDRESS: 5,
  QUERY_PORT: 6,
  RESPONSE_PORT: 7,
  QUERY_TIME_SEC: 8,
  QUERY_TIME_NSEC: 9,
  QUERY_MESSAGE: 10,
  RESPONSE_TIME_SEC: 12,
  RESPONSE_TIME_NSEC: 13,
  RESPONSE_MESSAGE: 14,
} as const;
const FAMILY = { INET: 1, INET6: 2 } as const;
const PROTOCOL: Readonly<Record<Transport, number>> = { udp: 1, tcp: 2, tls: 3, https: 4 };

/** What a message needs besides the DNS message in it, and besides what names us. */
const ROOM = 128;

/** Writes payloads of the type dnstap.Dnstap. */
export class DnstapEncoder {
  readonly #identity: Buffer;
  readonly #version: Buffer;
  readonly #outer: ProtobufWriter;
  readonly #inner = new ProtobufWriter(MAX_MESSAGE + ROOM);

  constructor({ server, version }: TapIdentity) {
    this.#identity = Buffer.from(server);
    this.#version = Buffer.from(version);
    this.#outer = new ProtobufWriter(MAX_MESSAGE + 2 * ROOM + this.#identity.length + this.#version.length);
  }

  /** @returns the payload, good until the next one is written */
  encode(message: TapMessage): Buffer {
    const outer = this.#outer;
    outer.begin();
    outer.bytes(DNSTAP.IDENTITY, this.#identity);
    outer.bytes(DNSTAP.VERSION, this.#version);
    outer.bytes(DNSTAP.MESSAGE, this.#message(message));
    outer.varint(DNSTAP.TYPE, DNSTAP_TYPE_MESSAGE);
    return outer.message;
  }

  #message(message: TapMessage): Buffer {
    const { type, transport, queryTime, responseTime, bytes } = message;
    const inner = this.#inner;
    inner.begin();
    inner.varint(FIELD.TYPE, type);
    inner.varint(FIELD.SOCKET_PROTOCOL, PROTOCOL[transport]);
    this.#sides(message);
    this.#time(FIELD.QUERY_TIME_SEC, FIELD.QUERY_TIME_NSEC, timestamp(queryTime));
    if (responseTime === undefined) inner.bytes(FIELD.QUERY_MESSAGE, bytes);
    else {
      this.#time(FIELD.RESPONSE_TIME_SEC, FIELD.RESPONSE_TIME_NSEC, timestamp(responseTime));
      inner.bytes(FIELD.RESPONSE_MESSAGE, bytes);
    }
    return inner.message;
  }

  /** Clients are who ask; upstreams are who respond. */
  #sides({ type, address, port, own }: TapMessage): void {
    const isClient = type === MESSAGE_TYPE.CLIENT_QUERY || type === MESSAGE_TYPE.CLIENT_RESPONSE;
    const other = { host: address, port };
    const [asking, responding] = isClient ? [other, own] : [own, other];
    const bytes = peerBytes(address);
    if (bytes !== undefined)
      this.#inner.varint(FIELD.SOCKET_FAMILY, bytes.length === 4 ? FAMILY.INET : FAMILY.INET6);
    this.#address(FIELD.QUERY_ADDRESS, asking?.host);
    this.#address(FIELD.RESPONSE_ADDRESS, responding?.host);
    if (asking?.port !== undefined) this.#inner.varint(FIELD.QUERY_PORT, asking.port);
    if (responding?.port !== undefined) this.#inner.varint(FIELD.RESPONSE_PORT, responding.port);
  }

  #address(field: number, text = ''): void {
    const bytes = peerBytes(text);
    if (bytes !== undefined) this.#inner.bytes(field, bytes);
  }

  #time(secondsField: number, nanosecondsField: number, { seconds, nanoseconds }: Timestamp): void {
    this.#inner.varint(secondsField, seconds);
    this.#inner.fixed32(nanosecondsField, nanoseconds);
  }
}
