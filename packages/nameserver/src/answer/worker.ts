import type { Responder } from '@callsign/dns/hot';
import { DnsCounters } from './counters.ts';
import { type UsualAnswers, UsualResponder } from './usual.ts';

/** What a worker thread is given. */
export interface WorkerData {
  readonly answers: UsualAnswers;
  /** Its place among the readers of the answers. */
  readonly reader: number;
  readonly counters: SharedArrayBuffer;
}

/** The module that worker threads answer by. */
export function createResponder({ answers, reader, counters }: WorkerData): Responder {
  return new UsualResponder(answers, reader, new DnsCounters(counters));
}
