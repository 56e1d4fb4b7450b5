import type { BatchResponder } from '@callsign/dns/hot';
import { DnsCounters } from './counters.ts';
import { SamplePasser } from './sample.ts';
import { type UsualAnswers, UsualResponder } from './usual.ts';

/** What a worker thread is given. */
export interface WorkerData {
  readonly answers: UsualAnswers;
  /** Its place among the readers of the answers. */
  readonly reader: number;
  readonly counters: SharedArrayBuffer;
  /** One query of so many is logged, by the main thread; absent: none is. */
  readonly logged?: number;
}

/** The module that worker threads answer by. */
export function createResponder({ answers, reader, counters, logged }: WorkerData): BatchResponder {
  const usual = new UsualResponder(answers, reader, new DnsCounters(counters));
  return logged === undefined ? usual : new SamplePasser(usual, logged);
}
