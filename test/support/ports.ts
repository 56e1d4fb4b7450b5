import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below those that the system gives to whoever asks for any, so that nobody gets it between our look and its use; and
 * above all that fetch refuses as ports of other protocols.
 */
const FIRST = 11_000;
const LAST = 24_000;

/** A port number that nobody has at the moment, neither for UDP nor for TCP: for programs that cannot be told 0. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    const socket = createSocket('udp4');
    socket.bind(port, '127.0.0.1');
    const free = [opens(socket), opens(createServer().listen(port, '127.0.0.1'))];
    if ((await Promise.all(free)).every(Boolean)) return port;
  }
}

async function opens(listener: Socket | Server): Promise<boolean> {
  try {
    await once(listener, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    listener.close();
  }
}
