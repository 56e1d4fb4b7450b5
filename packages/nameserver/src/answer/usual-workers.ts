import { extname } from 'node:path';
import { type Clock, describe, type Log } from '@callsign/daemon';
import type { Relays, Workers } from '@callsign/dns';
import type { DnsCounters } from './counters.ts';
import type { ZoneResponder } from './responder.ts';
import type { UsualAnswers } from './usual.ts';
import type { WorkerData } from './worker.ts';

/** By itself, so that a thread loads no more than it needs. */
const MODULE = new URL(`./worker${extname(import.meta.url)}`, import.meta.url).href;

export interface UsualWorkersOptions {
  /** 0: the main thread answers all. */
  readonly threads: number;
  /** Answers what the threads pass on, and shares its finished answers with them. */
  readonly responder: ZoneResponder;
  readonly counters: DnsCounters;
  /** The networks of clients for whom upstreams are asked; absent: none ever is. */
  readonly clients: readonly string[] | undefined;
  /** What threads ask upstreams by; absent: the main thread asks them all. */
  readonly relays: Relays | undefined;
  /** One query of so many is left to the main thread, which logs it or tells dnstap; absent: none is. */
  readonly observed: number | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

/** Threads for the usual questions; undefined when there are to be none. */
export function usualWorkers(options: UsualWorkersOptions): Workers | undefined {
  const { threads, responder, log, clock } = options;
  if (threads === 0) return undefined;
  const answers = responder.usualAnswers;
  const onFault = (error: unknown) =>
    log.error('a thread that answers over UDP has failed: another one takes its place', {
      error: describe(error),
    });
  return { threads, module: MODULE, data: () => dataFor(answers, options), onFault, clock };
}

/** Of its own for each thread: its place among the readers, and what it counts. */
function dataFor(
  answers: UsualAnswers,
  { responder, counters, clients, relays, observed }: UsualWorkersOptions,
): WorkerData {
  return {
    answers,
    reader: responder.addReader(),
    counters: counters.another().memory,
    ...(clients && { recursion: clients }),
    ...(relays && { relay: relays.another() }),
    ...(observed !== undefined && { observed }),
  };
}
