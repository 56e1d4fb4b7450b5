import { isIPv4 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { SocketAddress } from '@callsign/daemon';
import { addressBytes, addressText } from '../address.ts';
import { bind, close, errno, getsockname, setsockopt, socket } from './libc.ts';

/** Numbers of Linux's ABI, the same on every architecture that Node runs on. */
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_IPV6 = 41;
const IPV6_RECVPKTINFO = 49;

/** Room for bursts, in bytes; the kernel caps it at net.core.rmem_max. */
const BUFFER = 4 << 20;
const V4_LENGTH = 16;
const V6_LENGTH = 28;

/** A bound UDP socket of ours: Node knows nothing of it. */
export interface UdpSocket {
  readonly fd: number;
  readonly address: SocketAddress;
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
  setNumber(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
  setNumber(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (v4) setNumber(fd, IPPROTO_IP, IP_PKTINFO, 1);
  else setNumber(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  if (bind(fd, socketAddress(v4, host, port), v4 ? V4_LENGTH : V6_LENGTH) < 0) {
    const error = systemError('bind');
    close(fd);
    throw error;
  }
  return { fd, address: { host, port: portOf(fd) } };
}

/** The address in a struct sockaddr, as text. */
export function formatAddress(address: Buffer): string {
  return addressText(address.readUInt16LE(0) === AF_INET ? address.subarray(4, 8) : address.subarray(8, 24));
}

/** The port number in a struct sockaddr. */
export function portNumber(address: Buffer): number {
  return address.readUInt16BE(2);
}

function socketAddress(v4: boolean, host: string, port: number): Buffer {
  const address = Buffer.alloc(V6_LENGTH);
  address.writeUInt16LE(v4 ? AF_INET : AF_INET6, 0);
  address.writeUInt16BE(port, 2);
  address.set(addressBytes(host) as Buffer, v4 ? 4 : 8);
  return address;
}

function portOf(fd: number): number {
  const address = Buffer.alloc(V6_LENGTH);
  getsockname(fd, address, Uint32Array.of(V6_LENGTH));
  return portNumber(address);
}

function setNumber(fd: number, level: number, name: number, value: number): void {
  setsockopt(fd, level, name, Int32Array.of(value), 4);
}

function systemError(call: string): NodeJS.ErrnoException {
  const number = errno();
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: -number, syscall: call });
}
