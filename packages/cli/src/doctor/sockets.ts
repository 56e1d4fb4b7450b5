import { createSocket } from 'node:dgram';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer, isIPv4 } from 'node:net';
import { basename } from 'node:path';
import type { SocketAddress } from '@callsign/daemon';

/** Who has a socket, as far as we may know. */
export interface Holder {
  readonly pid: number;
  /** The program's name, cut at 15 bytes by Linux. */
  readonly program: string;
}

const TABLES = ['udp', 'udp6', 'tcp', 'tcp6'] as const;
/** TCP's states in /proc/net: connections on a port number are none of our business. */
const LISTENING = '0A';
const ANY = new Set(['0.0.0.0', '::']);

/** Tries to have an address, as a nameserver would: over UDP and TCP. @returns errno's name when it may not be had */
export async function refusalOf({ host, port }: SocketAddress): Promise<string | undefined> {
  for (const each of host === '' ? ['0.0.0.0', '::'] : [host]) {
    const refusal = (await refusedUdp(each, port)) ?? (await refusedTcp(each, port));
    // A machine without IPv6 has no "::".
    if (refusal !== undefined && !(host === '' && each === '::' && refusal === 'EAFNOSUPPORT'))
      return refusal;
  }
  return undefined;
}

async function refusedUdp(host: string, port: number): Promise<string | undefined> {
  const socket = createSocket(isIPv4(host) ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  socket.bind(port, host, () => resolve(undefined));
  return await promise.finally(() => socket.close());
}

async function refusedTcp(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port, ipv6Only: true, exclusive: true }, () => resolve(undefined));
  return await promise.finally(() => server.close());
}

/** The processes that have a port number at this address, at all addresses, or anywhere when we want all. */
export async function holdersOf({ host, port }: SocketAddress): Promise<readonly Holder[]> {
  const tables = TABLES.map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => ''));
  const sockets = (await Promise.all(tables)).flatMap(parseSockets).filter((socket) => socket.port === port);
  const inTheWay = sockets.filter(
    (socket) => ANY.has(socket.host) || host === '' || ANY.has(host) || socket.host === host,
  );
  return await ownersOf(new Set(inTheWay.map(({ inode }) => inode)));
}

interface KernelSocket extends SocketAddress {
  readonly inode: string;
}

/** Reads a table of proc_net(5): UDP's sockets, and those of TCP that listen. */
export function parseSockets(text: string): KernelSocket[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', remote = '', state]) => local !== '' && (state === LISTENING || /:0000$/.test(remote)),
    )
    .map(([, local = '', , , , , , , , inode = '']) => {
      const [address = '', port = ''] = local.split(':');
      return { host: hostOf(address), port: Number.parseInt(port, 16), inode };
    });
}

/** Words of 32 bits in the machine's order: x86 and ARM have the lowest byte first. */
function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** Without root's rights only our own processes can be told. */
async function ownersOf(inodes: ReadonlySet<string>): Promise<readonly Holder[]> {
  if (inodes.size === 0) return [];
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => holderAt(pid, inodes)));
  return found.filter((holder) => holder !== undefined);
}

async function holderAt(pid: string, inodes: ReadonlySet<string>): Promise<Holder | undefined> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const file of files) {
    const link = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '';
    if (inodes.has(inode)) return { pid: Number(pid), program: await programOf(pid) };
  }
  return undefined;
}

async function programOf(pid: string): Promise<string> {
  const thread = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
  // Node calls the main thread so, whatever its program is.
  if (thread !== 'MainThread') return thread;
  return basename(await readlink(`/proc/${pid}/exe`).catch(() => thread));
}
