import { createSocket } from 'node:dgram';
import { connect, isIPv4 } from 'node:net';
import { CallsignError, formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import { isOversized, readAnswer } from './upstream-answer.ts';

/** Why there is no answer: nothing came in time, the network said no, we asked ourselves, too much to do, nobody to ask. */
export type Failure = 'silent' | 'network' | 'loop' | 'busy' | 'none';

/** An upstream did not give an answer that can be used. */
export class UpstreamError extends CallsignError {
  readonly failure: Failure;

  constructor(failure: Failure, message: string, cause?: unknown) {
    super('UPSTREAM_FAILED', message, { retryable: true, cause });
    this.failure = failure;
  }
}

export type Over = 'udp' | 'tcp';

export interface Asking {
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
export async function askUpstream(at: SocketAddress, query: Buffer, asking: Asking): Promise<Buffer> {
  const answer = asking.over === 'tcp' ? 'truncated' : await askOverUdp(at, query, asking);
  return answer === 'truncated' ? askOverTcp(at, query, asking) : answer;
}

async function askOverUdp(at: SocketAddress, query: Buffer, asking: Asking): Promise<Buffer | 'truncated'> {
  const { signal, onDropped } = asking;
  const silent = () => failure('silent', at, 'did not answer in time');
  if (signal.aborted) throw silent();
  const socket = createSocket(isIPv4(at.host) ? 'udp4' : 'udp6');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | 'truncated'>();
  const fail = (cause: unknown) => reject(failure('network', at, 'cannot be reached', cause));
  const late = () => reject(silent());
  signal.addEventListener('abort', late, { once: true });
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
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', late);
    socket.close();
  }
}

export async function askOverTcp(
  at: SocketAddress,
  query: Buffer,
  { signal, onDropped }: Asking,
): Promise<Buffer> {
  const silent = () => failure('silent', at, 'did not answer in time over TCP');
  if (signal.aborted) throw silent();
  const socket = connect({ host: at.host, port: at.port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const late = () => reject(silent());
  signal.addEventListener('abort', late, { once: true });
  socket.on('error', (cause) => reject(failure('network', at, 'cannot be reached over TCP', cause)));
  socket.once('end', () => reject(failure('network', at, 'closed the connection without an answer')));
  const length = Buffer.from([query.length >> 8, query.length & 255]);
  socket.once('connect', () => socket.write(Buffer.concat([length, query])));
  let received = Buffer.alloc(0);
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    const bytes = wholeMessage(received);
    if (bytes === undefined) return;
    const answer = readAnswer(query, bytes);
    if (answer !== undefined && answer !== 'truncated') return resolve(answer);
    onDropped?.();
    reject(failure('network', at, 'sent something else than an answer over TCP'));
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', late);
    socket.destroy();
  }
}

function wholeMessage(received: Buffer): Buffer | undefined {
  if (received.length < 2) return undefined;
  const end = 2 + received.readUInt16BE(0);
  return received.length >= end ? received.subarray(2, end) : undefined;
}

export function failure(kind: Failure, at: SocketAddress, what: string, cause?: unknown): UpstreamError {
  return new UpstreamError(kind, `the upstream ${formatSocketAddress(at)} ${what}`, cause);
}
