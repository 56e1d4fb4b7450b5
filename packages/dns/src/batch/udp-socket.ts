import { isIPv4 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { SocketAddress } from '@callsign/daemon';
import { bind, close, connect, errno, fcntl, getsockname, getsockopt, setsockopt, socket } from './libc.ts';
import { IPPROTO_IP, IPPROTO_IPV6 } from './packet-info.ts';
import {
  AF_INET,
  AF_INET6,
  formatAddress,
  isIPv4Address,
  portNumber,
  socketAddressBytes,
  V6_LENGTH,
} from './socket-address.ts';

/** Numbers of Linux's ABI, the same on every architecture that Node runs on. */
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_TYPE = 3;
const SO_RCVTIMEO = 20;
const F_SETFL = 4;
const IP_PKTINFO = 8;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;

/** Room for bursts, in bytes; the kernel caps it at net.core.rmem_max. */
const BUFFER = 4 << 20;

const FAMILIES: ReadonlySet<number> = new Set([AF_INET, AF_INET6]);
/** Types of sockets, by their numbers. */
const TYPES: Readonly<Record<number, SocketType>> = { 1: 'stream', 2: 'datagram' };
/** Microseconds after which a thread looks up from a socket that goes on without us. */
const LOOK_UP = 250_000;

export type SocketType = 'stream' | 'datagram';

/** A bound UDP socket: Node knows nothing of it. */
export interface UdpSocket {
  readonly fd: number;
  readonly address: SocketAddress;
  /** True: whoever started us has it too, and hands it to the next of us. */
  readonly passed: boolean;
}

/**
 * Opens a socket that shares its address with its siblings (SO_REUSEPORT, socket(7)) and is told to which address
 * each datagram was sent.
 * @throws {NodeJS.ErrnoException} with the code of errno(3)
 */
export function openUdpSocket({ host, port }: SocketAddress): UdpSocket {
  const v4 = isIPv4(host);
  const fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw systemError('socket');
  prepare(fd, v4);
  setNumber(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  // Whatever the system's own choice is (net.ipv6.bindv6only, ipv6(7)): over TCP Node does the same.
  if (!v4) setNumber(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const address = socketAddressBytes(host, port);
  if (bind(fd, address, address.length) < 0) {
    const error = systemError('bind');
    close(fd);
    throw error;
  }
  return { fd, address: { host, port: portNumber(nameOf(fd)) }, passed: false };
}

/**
 * Opens a socket that hears this peer alone and never waits. The kernel chooses its port number at random.
 * @param address a struct sockaddr
 * @returns its file descriptor; negative where the peer cannot be reached
 */
export function connectUdpSocket(address: Buffer): number {
  const family = isIPv4Address(address) ? AF_INET : AF_INET6;
  const fd = socket(family, SOCK_DGRAM_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect(fd, address, address.length) === 0) return fd;
  close(fd);
  return -1;
}

/**
 * Takes a socket that somebody else has bound. It must not be shut down to wake those who wait for it, for that would
 * last: they look up by themselves.
 */
export function adoptUdpSocket(fd: number, address: SocketAddress): UdpSocket {
  prepare(fd, isIPv4(address.host));
  fcntl(fd, F_SETFL, 0);
  setOption(fd, SOL_SOCKET, SO_RCVTIMEO, Int32Array.of(0, 0, LOOK_UP, 0));
  return { fd, address, passed: true };
}

/** What a socket is and where it is bound; undefined for what is no socket of the internet. */
export function inspectSocket(fd: number): { type: SocketType; address: SocketAddress } | undefined {
  const number = new Int32Array(1);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, number, Uint32Array.of(4)) < 0) return undefined;
  const type = TYPES[number[0] as number];
  const name = nameOf(fd);
  const internet = FAMILIES.has(name.readUInt16LE(0));
  return type !== undefined && internet ? { type, address: readAddress(name) } : undefined;
}

/** The struct sockaddr that a socket is bound to. */
function nameOf(fd: number): Buffer {
  const name = Buffer.alloc(V6_LENGTH);
  getsockname(fd, name, Uint32Array.of(V6_LENGTH));
  return name;
}

function readAddress(name: Buffer): SocketAddress {
  return { host: formatAddress(name), port: portNumber(name) };
}

/** Room for bursts, and word of the address that each datagram was sent to. */
function prepare(fd: number, v4: boolean): void {
  setNumber(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
  if (v4) setNumber(fd, IPPROTO_IP, IP_PKTINFO, 1);
  else setNumber(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

function setNumber(fd: number, level: number, name: number, value: number): void {
  setOption(fd, level, name, Int32Array.of(value));
}

function setOption(fd: number, level: number, name: number, value: Int32Array): void {
  setsockopt(fd, level, name, value, value.byteLength);
}

function systemError(call: string): NodeJS.ErrnoException {
  const number = errno();
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: -number, syscall: call });
}
