import { createSocket } from 'node:dgram';
import { connect, isIPv4 } from 'node:net';
import { CallsignError, formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import { FLAG, HEADER, MAX_MESSAGE } from './constants.ts';
import { questionNameEnd } from './question.ts';

const QR_AND_OPCODE = 0xf800;

/** An upstream did not give an answer that can be used. */
export class UpstreamError extends CallsignError {
  constructor(at: SocketAddress, reason: string, cause?: unknown) {
    super('UPSTREAM_FAILED', `the upstream ${formatSocketAddress(at)} ${reason}`, { retryable: true, cause });
  }
}

/**
 * Asks one upstream one question: over UDP from a socket and port number of its own (RFC 5452, 9.2), and again
 * over TCP when the answer was truncated (RFC 7766, 5).
 *
 * @param query a whole message with one question
 * @throws {UpstreamError} when no matching answer has come before the signal fired
 */
export async function askUpstream(at: SocketAddress, query: Buffer, signal: AbortSignal): Promise<Buffer> {
  const answer = await askOverUdp(at, query, signal);
  const truncated = (answer.readUInt16BE(2) & FLAG.TC) !== 0;
  return truncated ? askOverTcp(at, query, signal) : answer;
}

async function askOverUdp(at: SocketAddress, query: Buffer, signal: AbortSignal): Promise<Buffer> {
  const socket = createSocket(isIPv4(at.host) ? 'udp4' : 'udp6');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const fail = (cause: unknown) => reject(new UpstreamError(at, 'cannot be reached', cause));
  const late = () => reject(new UpstreamError(at, 'did not answer in time'));
  signal.addEventListener('abort', late, { once: true });
  socket.on('error', fail);
  // A connected socket hears its peer alone, and of a closed port at once.
  socket.connect(at.port, at.host, (error?: Error) => {
    if (error) fail(error);
    else socket.send(query, (failure) => failure && fail(failure));
  });
  socket.on('message', (answer) => isAnswerTo(query, answer) && resolve(answer));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', late);
    socket.close();
  }
}

async function askOverTcp(at: SocketAddress, query: Buffer, signal: AbortSignal): Promise<Buffer> {
  const socket = connect({ host: at.host, port: at.port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const late = () => reject(new UpstreamError(at, 'did not answer in time over TCP'));
  signal.addEventListener('abort', late, { once: true });
  socket.on('error', (cause) => reject(new UpstreamError(at, 'cannot be reached over TCP', cause)));
  socket.once('end', () => reject(new UpstreamError(at, 'closed the connection without an answer')));
  const length = Buffer.from([query.length >> 8, query.length & 255]);
  socket.once('connect', () => socket.write(Buffer.concat([length, query])));
  let received = Buffer.alloc(0);
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    const answer = wholeMessage(received);
    if (answer === undefined) return;
    if (isAnswerTo(query, answer)) resolve(answer);
    else reject(new UpstreamError(at, 'answered another question over TCP'));
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

/** Same id, a response to a query, and the very question that was asked, whatever the case of its letters (RFC 5452, 9.1). */
export function isAnswerTo(query: Buffer, answer: Buffer): boolean {
  if (answer.length < HEADER || answer.length > MAX_MESSAGE) return false;
  if (
    answer.readUInt16BE(0) !== query.readUInt16BE(0) ||
    (answer.readUInt16BE(2) & QR_AND_OPCODE) !== FLAG.QR
  )
    return false;
  if (answer.readUInt16BE(4) !== 1) return false;
  const end = questionNameEnd(query) + 4;
  return answer.length >= end && asked(query, end) === asked(answer, end);
}

/** The name in lower case, and type and class as they are: 0x41 there is no letter. */
function asked(message: Buffer, end: number): string {
  return message.toString('latin1', HEADER, end - 4).toLowerCase() + message.toString('latin1', end - 4, end);
}
