import { type AnswerTable, AnswerWriter } from '@callsign/dns/hot';
import type { DnsCounters } from './counters.ts';
import { RepeatedAnswers } from './repeated.ts';

/** Finished answers for the clients of one view, and what writes replies from them, in whatever thread. */
export class PacketCache {
  readonly table: AnswerTable;
  /** For our own. */
  readonly writer: AnswerWriter;
  /** For those of upstreams; absent: nobody gets any. */
  readonly repeated: RepeatedAnswers | undefined;

  /** @param mayRecurse who gets answers of upstreams; absent: nobody */
  constructor(table: AnswerTable, counters: DnsCounters, mayRecurse?: (peer: string) => boolean) {
    this.table = table;
    this.writer = new AnswerWriter(table.memory.slab);
    this.repeated = mayRecurse && new RepeatedAnswers(table, counters, mayRecurse);
  }
}
