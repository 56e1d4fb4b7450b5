import { type FinishedAnswer, FLAG, RCODE, RecordEncoder, type ResourceRecord } from '@callsign/dns';
import type { Outcome, Records } from '../zone/outcome.ts';

/** Outcomes that are whole answers by themselves. */
export type Answerable = Extract<Outcome, { kind: 'hit' | 'nodata' | 'nxdomain' | 'cname' | 'referral' }>;

/** Bytes from the end of a SOA record back to its serial: serial, refresh, retry, expire, minimum. */
const SERIAL_FROM_END = 20;

/** Makes an outcome the answer to the question with these labels: from here on there are only bytes. */
export function finish(outcome: Answerable, labels: readonly string[]): FinishedAnswer {
  const { answer } = outcome;
  const authority = authorityOf(outcome);
  const additional = 'additional' in outcome ? outcome.additional : [];
  const encoder = new RecordEncoder(labels);
  const records = [...answer, ...authority, ...additional].map((record) => encoder.encode(record));
  return {
    rcode: outcome.kind === 'nxdomain' ? RCODE.NXDOMAIN : RCODE.NOERROR,
    // Aliases that lead to a delegation are still told with authority (RFC 1034, 4.3.2).
    flags: outcome.kind === 'referral' && answer.length === 0 ? ~FLAG.AA : ~0,
    records,
    answers: answer.length,
    authorities: authority.length,
    turning: lastSet(answer),
    sample: 'sample' in outcome,
    additionalSets: setEnds(additional, answer.length + authority.length),
    serialAt: 'ownSerial' in outcome ? -1 : serialOffset([...answer, ...authority], records),
  };
}

function authorityOf(outcome: Answerable): Records {
  if (outcome.kind === 'referral') return outcome.authority;
  return 'soa' in outcome ? [outcome.soa] : [];
}

function sameSet(a: ResourceRecord | undefined, b: ResourceRecord | undefined): boolean {
  return a?.name === b?.name && a?.type === b?.type;
}

/** Where the last RRset of the answer begins: what stands before it is the way there. */
function lastSet(answer: Records): number {
  return answer.findLastIndex((record) => !sameSet(record, answer.at(-1))) + 1;
}

function setEnds(records: Records, before: number): number[] {
  return records.flatMap((record, at) => (sameSet(record, records[at + 1]) ? [] : [before + at + 1]));
}

function serialOffset(records: Records, encoded: readonly Buffer[]): number {
  const at = records.findIndex(({ type }) => type === 'SOA');
  if (at < 0) return -1;
  return encoded.slice(0, at + 1).reduce((sum, { length }) => sum + length, -SERIAL_FROM_END);
}
