import { createSocket } from 'node:dgram';
import { connect, isIPv4, type Socket } from 'node:net';
import type { SocketAddress } from '@callsign/daemon';
import { framed, messageEnd } from '../message/framed.ts';
import { isOversized, readAnswer } from './upstream-answer.ts';
import { failure, type UpstreamError } from './upstream-error.ts';

export type Over = 'udp' | 'tcp';

export interface AskOptions {
  /** Absent: UDP. */
  readonly over?: Over;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Told of each message that is no answer to the question, or is none at all. */
  readonly onDropped?: () => void;
}

/**
 * Asks one upstream one question: over UDP from a socket and port number of its own (RFC 5452, 9.2), and again
 * over TCP when the answer was truncated or larger than we said we take (RFC 7766, 5).
 *
 * @param query a whole message with one question
 * @throws {UpstreamError} when no matching answer has come before the signal fired
 */
export async function askUpstream(at: SocketAddress, query: Buffer, options: AskOptions): Promise<Buffer> {
  const answer = options.over === 'tcp' ? 'truncated' : await askOverUdp(at, query, options);
  return answer === 'truncated' ? askOverTcp(at, query, options) : answer;
}

async function askOverUdp(
  at: SocketAddress,
  query: Buffer,
  { signal, onDropped }: AskOptions,
): Promise<Buffer | 'truncated'> {
  const late = () => failure('silent', at, 'did not answer in time');
  return settled<Buffer | 'truncated'>(signal, late, ({ resolve, reject }) => {
    const socket = createSocket(isIPv4(at.host) ? 'udp4' : 'udp6');
    const fail = (cause: unknown) => reject(failure('network', at, 'cannot be reached', cause));
    socket.on('error', fail);
    // A connected socket hears its peer alone, and of a closed port at once.
    socket.connect(at.port, at.host, (error?: Error) => {
      if (error) fail(error);
      else socket.send(query, (unsent) => unsent && fail(unsent));
    });
    socket.on('message', (bytes) => {
      const answer = readAnswer(query, bytes);
      if (answer === undefined) onDropped?.();
      else resolve(isOversized(query, bytes) ? 'truncated' : answer);
    });
    return () => socket.close();
  });
}

export async function askOverTcp(
  at: SocketAddress,
  query: Buffer,
  { signal, onDropped }: AskOptions,
): Promise<Buffer> {
  const late = () => failure('silent', at, 'did not answer in time over TCP');
  return settled<Buffer>(signal, late, ({ resolve, reject }) => {
    const socket = connect({ host: at.host, port: at.port, noDelay: true });
    const fail = (what: string, cause?: unknown) => reject(failure('network', at, what, cause));
    socket.on('error', (cause) => fail('cannot be reached over TCP', cause));
    socket.once('end', () => fail('closed the connection without an answer'));
    socket.once('connect', () => socket.write(framed(query)));
    onMessage(socket, (bytes) => {
      const answer = readAnswer(query, bytes);
      if (answer !== undefined && answer !== 'truncated') return resolve(answer);
      onDropped?.();
      fail('sent something else than an answer over TCP');
    });
    return () => socket.destroy();
  });
}

/**
 * Waits for what a socket is opened for, and closes it.
 * @param late the error when the signal fires before
 * @param open returns what closes the socket
 */
async function settled<T>(
  signal: AbortSignal,
  late: () => UpstreamError,
  open: (settling: PromiseWithResolvers<T>) => () => void,
): Promise<T> {
  if (signal.aborted) throw late();
  const settling = Promise.withResolvers<T>();
  const onAbort = () => settling.reject(late());
  signal.addEventListener('abort', onAbort, { once: true });
  const close = open(settling);
  try {
    return await settling.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    close();
  }
}

function onMessage(socket: Socket, hear: (bytes: Buffer) => void): void {
  let received = Buffer.alloc(0);
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    const end = messageEnd(received, 0);
    if (end <= received.length) hear(received.subarray(2, end));
  });
}
