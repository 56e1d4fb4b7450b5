import koffi from 'koffi';

/**
 * The system calls that Node has no name for, of the C library that this process already runs on (glibc or musl).
 * The only file that knows koffi. Pointers are numbers of 64 bits (bigint); calls return -1 and set `errno()`.
 */
const libc = koffi.load(null);

export const socket: (domain: number, type: number, protocol: number) => number =
  libc.func('int socket(int, int, int)');

export const bind: (fd: number, address: Uint8Array, length: number) => number = libc.func(
  'int bind(int, const void *, uint32_t)',
);

export const connect: (fd: number, address: Uint8Array, length: number) => number = libc.func(
  'int connect(int, const void *, uint32_t)',
);

export const getsockname: (fd: number, address: Uint8Array, length: Uint32Array) => number = libc.func(
  'int getsockname(int, void *, uint32_t *)',
);

export const setsockopt: (
  fd: number,
  level: number,
  name: number,
  value: Int32Array,
  length: number,
) => number = libc.func('int setsockopt(int, int, int, const void *, uint32_t)');

export const getsockopt: (
  fd: number,
  level: number,
  name: number,
  value: Int32Array,
  length: Uint32Array,
) => number = libc.func('int getsockopt(int, int, int, void *, uint32_t *)');

export const fcntl: (fd: number, command: number, value: number) => number =
  libc.func('int fcntl(int, int, int)');

/** recvmmsg(2): the messages are `struct mmsghdr`s at an address. */
export const recvmmsg: (
  fd: number,
  messages: bigint,
  count: number,
  flags: number,
  timeout: bigint,
) => number = libc.func('int recvmmsg(int, uintptr_t, unsigned int, int, uintptr_t)');

/** sendmmsg(2). */
export const sendmmsg: (fd: number, messages: bigint, count: number, flags: number) => number = libc.func(
  'int sendmmsg(int, uintptr_t, unsigned int, int)',
);

/** poll(2): the array has a `struct pollfd` of 8 bytes for each socket. */
export const poll: (sockets: Int32Array, count: number, ms: number) => number = libc.func(
  'int poll(void *, unsigned long, int)',
);

/** epoll(7): the events are `struct epoll_event`s. */
export const epollCreate: (flags: number) => number = libc.func('int epoll_create1(int)');

export const epollControl: (epoll: number, operation: number, fd: number, event: Uint8Array) => number =
  libc.func('int epoll_ctl(int, int, int, void *)');

export const epollWait: (epoll: number, events: Uint8Array, most: number, ms: number) => number = libc.func(
  'int epoll_wait(int, void *, int, int)',
);

const syscall: (number: number, pid: number, value: Uint8Array, third: number, fourth: number) => number =
  libc.func('long syscall(long, long, void *, long, long)');

/** By processor, for older C libraries have no functions for them (asm/unistd_64.h, asm-generic/unistd.h). */
const SCHEDULING: Partial<Record<NodeJS.Architecture, { readonly get: number; readonly set: number }>> = {
  x64: { get: 315, set: 314 },
  arm64: { get: 275, set: 274 },
};

/** sched_getattr(2) for the calling thread. */
export function schedGetattr(attributes: Uint8Array): number {
  const { get } = SCHEDULING[process.arch] ?? {};
  return get === undefined ? -1 : Number(syscall(get, 0, attributes, attributes.length, 0));
}

/** sched_setattr(2) for the calling thread. */
export function schedSetattr(attributes: Uint8Array): number {
  const { set } = SCHEDULING[process.arch] ?? {};
  return set === undefined ? -1 : Number(syscall(set, 0, attributes, 0, 0));
}

export const shutdown: (fd: number, how: number) => number = libc.func('int shutdown(int, int)');

export const close: (fd: number) => number = libc.func('int close(int)');

const mmap: (
  address: bigint,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => bigint = libc.func('uintptr_t mmap(uintptr_t, size_t, int, int, int, long)');

export function errno(): number {
  return koffi.errno();
}

const READ_WRITE = 3;
const PRIVATE_ANONYMOUS = 0x22;

/** Zeroed memory that stays where it is for as long as the process lives, and its address. */
export function allocate(bytes: number): { readonly memory: ArrayBuffer; readonly address: bigint } {
  const address = BigInt(mmap(0n, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0));
  return { memory: koffi.view(address, bytes), address };
}
