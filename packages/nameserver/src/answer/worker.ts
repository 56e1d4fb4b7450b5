import { type BatchResponder, parseNetwork } from '@callsign/dns/hot';
import { RecursionRights } from '../forwarding/recursion-rights.ts';
import { DnsCounters } from './counters.ts';
import { SamplePasser } from './sample.ts';
import { type UsualAnswers, UsualResponder } from './usual.ts';

/** What a worker thread is given. */
export interface WorkerData {
  readonly answers: UsualAnswers;
  /** Its place among the readers of the answers. */
  readonly reader: number;
  readonly counters: SharedArrayBuffer;
  /** The networks of those for whom others are asked; absent: nobody ever is. */
  readonly recursion?: readonly string[];
  /** One query of so many is answered by the main thread, where it is logged or told of; absent: none is. */
  readonly observed?: number;
}

/** The module that worker threads answer by. */
export function createResponder({
  answers,
  reader,
  counters,
  recursion,
  observed,
}: WorkerData): BatchResponder {
  const rights = recursion && new RecursionRights(recursion.map(parseNetwork));
  const usual = new UsualResponder(answers, reader, new DnsCounters(counters), rights);
  return observed === undefined ? usual : new SamplePasser(usual, observed);
}
