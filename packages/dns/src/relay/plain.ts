import { CLASS, FLAG, TYPE } from '../message/constants.ts';
import type { Query } from '../message/query.ts';

/** Types from here on are of questions and of transactions, not of records (RFC 6895, 3.1). */
const FIRST_META = 128;
const LAST_META = 255;

/** True for a question that is only ever passed on: for records, from a client that wants recursion. */
export function isPlain({ class: inClass, type, flags }: Query): boolean {
  return inClass === CLASS.IN && (flags & FLAG.RD) !== 0 && isOfRecords(type);
}

function isOfRecords(type: number): boolean {
  return type !== 0 && type !== TYPE.OPT && (type < FIRST_META || type > LAST_META);
}
