import { CallsignError, formatSocketAddress, type SocketAddress } from '@callsign/daemon';

/**
 * Why there is no answer: nothing came in time, the network said no, we asked ourselves, too much to do, nobody to ask.
 */
export type Failure = 'silent' | 'network' | 'loop' | 'busy' | 'none';

/** An upstream did not give an answer that can be used. */
export class UpstreamError extends CallsignError {
  readonly failure: Failure;

  constructor(failure: Failure, message: string, cause?: unknown) {
    super('UPSTREAM_FAILED', message, { retryable: true, cause });
    this.failure = failure;
  }
}

/** @param what befell the server that was asked, behind its name: secondaries are asked in the same way */
export function failure(kind: Failure, at: SocketAddress, what: string, cause?: unknown): UpstreamError {
  return new UpstreamError(kind, `the server ${formatSocketAddress(at)} ${what}`, cause);
}
