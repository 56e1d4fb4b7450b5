import { once } from 'node:events';
import { rename, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { CallsignError } from '@callsign/daemon';
import { journalError } from './journal-error.ts';

/** Room for a path in a socket address: sockaddr_un.sun_path without its closing zero. */
const MOST_BYTES = 107;

/**
 * Keeps a file for one process. The lock is a listening socket beside it: a process that dies, by kill -9 too,
 * stops listening, so that what it leaves behind is seen to be stale.
 */
export class FileLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws {CallsignError} when another process has it, or a socket cannot be made there */
  static async take(file: string): Promise<FileLock> {
    const path = `${file}.lock`;
    checkLength(file, path);
    try {
      await stat(dirname(path)); // listen() would say EACCES of a directory that does not exist
      return new FileLock(await listen(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw journalError(file, error);
    }
    await removeStale(file, path);
    return new FileLock(await listen(path).catch(() => Promise.reject(lockedError(file, path))));
  }

  /** Gives it back; a second call does nothing. */
  async release(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}

function checkLength(file: string, path: string): void {
  if (Buffer.byteLength(path) <= MOST_BYTES) return;
  throw new CallsignError('STORE_FILE', `the path ${file} is too long for the socket that locks it`, {
    cure: `Name a file whose path has at most ${MOST_BYTES - '.lock'.length} bytes, a relative one perhaps`,
  });
}

function lockedError(file: string, path: string): CallsignError {
  return new CallsignError('STORE_LOCKED', `another process uses ${file}: it listens on ${path}`, {
    cure: `Stop it (ss -xlp names it), or give this one a file of its own. To share one store, let this one use the other's REST API: --store http://HOST:8080`,
  });
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await once(server.listen(path), 'listening');
  return server.unref();
}

/**
 * The socket is moved away and looked at again before it goes: of two processes that find it stale at the same
 * time, the second would otherwise remove the lock that the first has just taken.
 */
async function removeStale(file: string, path: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    const found = await stat(path);
    if (!(await isDead(path))) throw lockedError(file, path);
    await rename(path, aside);
    const moved = await stat(aside);
    if (moved.ino === found.ino && moved.birthtimeMs === found.birthtimeMs) return await unlink(aside);
    await rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw journalError(file, error);
  }
  throw lockedError(file, path);
}

/** True when nobody listens any more. Whoever may not ask must take it for alive. */
async function isDead(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(false));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
