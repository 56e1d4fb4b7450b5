import type { Responder } from '@callsign/dns/hot';
import { DnsCounters } from './counters.ts';
import { type UsualAnswers, UsualResponder } from './usual.ts';

/** What a worker thread is given. */
export interface WorkerData {
  readonly answers: UsualAnswers;
  readonly counters: SharedArrayBuffer;
}

/** The module that worker threads answer by. */
export function createResponder({ answers, counters }: WorkerData): Responder {
  return new UsualResponder(answers, new DnsCounters(counters));
}
