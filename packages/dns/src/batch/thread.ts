import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CallsignError } from '@callsign/daemon';
import type { WorkerStart } from './worker.ts';

const ENTRY = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
/** A thread that makes nothing anew with each question needs little room for what is new. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

/** One thread that answers, from its beginning to its end. */
export class Thread {
  /** Resolves when it answers; rejects with WORKER_FAILED when it never will. */
  readonly begun: Promise<void>;
  /** Resolves when it is gone: with its fault, where it did not end in good order. */
  readonly ended: Promise<unknown>;

  constructor(workerData: WorkerStart) {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    let fault: unknown;
    new Worker(ENTRY, { workerData, resourceLimits: LIMITS, name: 'dns/udp' })
      .once('message', () => begun.resolve())
      .on('error', (error) => {
        fault = error;
      })
      .once('exit', () => {
        begun.reject(failed(fault));
        ended.resolve(fault);
      });
    this.begun = begun.promise;
    this.ended = ended.promise;
  }
}

function failed(cause: unknown): CallsignError {
  return new CallsignError('WORKER_FAILED', 'no thread can begin that answers over UDP', {
    cause,
    cure: 'Where the cause is no lack of memory or files, install Callsign again; --udp-threads 0 does without threads',
    retryable: true,
  });
}
