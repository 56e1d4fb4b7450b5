import { labelsOf } from '@callsign/catalog';
import {
  closeWithOpt,
  FLAG,
  MAX_MESSAGE,
  PLAIN_PAYLOAD,
  type Query,
  RCODE,
  RecordEncoder,
  writeHeader,
  writeQuestion,
} from '@callsign/dns';
import { Turns } from '../turns.ts';
import type { Records } from '../zone/outcome.ts';

/** Bytes of records in a message: large enough for its header to be nothing, small enough to be passed on at once. */
const MESSAGE_BYTES = 16_384;
/** What has to fit beside an RRset wherever it is served: header, question, OPT, TSIG. */
const BESIDE = 512;

/** What every message of a transfer has: its header and question, and OPT where the query had it. */
export interface Template {
  readonly head: Buffer;
  readonly opt: Buffer;
}

/** To be taken at once: the query's reader goes on to the next packet. */
export function templateOf(query: Query): Template {
  const bytes = Buffer.alloc(PLAIN_PAYLOAD);
  writeHeader(bytes, query, RCODE.NOERROR, FLAG.AA);
  const question = writeQuestion(bytes, query);
  const end = query.edns ? closeWithOpt(bytes, question, query, RCODE.NOERROR) : question;
  return { head: bytes.subarray(0, question), opt: bytes.subarray(question, end) };
}

/**
 * Packs RRsets into messages, in their order (RFC 5936, 2.2). The question is repeated in each, for names are
 * compressed against it.
 */
export async function* messagesOf(
  template: Template,
  question: readonly string[],
  sets: Iterable<Records>,
): AsyncGenerator<Buffer> {
  const encoder = new RecordEncoder(question);
  const turns = new Turns();
  let message = new Filling();
  for (const set of sets) {
    if (turns.over) await turns.next();
    for (const record of encoded(encoder, set)) {
      if (message.isFullFor(record)) {
        yield assembled(template, message.records);
        message = new Filling();
      }
      message.add(record);
    }
  }
  yield assembled(template, message.records);
}

/** The records of a message that is not whole yet. */
class Filling {
  readonly records: Buffer[] = [];
  #size = 0;

  /** A record that no message has room for gets one for itself. */
  isFullFor(record: Buffer): boolean {
    return this.#size > 0 && this.#size + record.length > MESSAGE_BYTES;
  }

  add(record: Buffer): void {
    this.records.push(record);
    this.#size += record.length;
  }
}

function assembled({ head, opt }: Template, records: readonly Buffer[]): Buffer {
  const message = Buffer.concat([head, ...records, opt]);
  message.writeUInt16BE(records.length, 6);
  return message;
}

function encoded(encoder: RecordEncoder, set: Records): Buffer[] {
  const all = set.map((record) => encoder.encode(record));
  const size = all.reduce((sum, { length }) => sum + length, 0);
  return size <= MAX_MESSAGE - BESIDE ? all : all.slice(0, fitting(set));
}

/** How many records of a set one message can carry: no server can answer more, so no more is answered here either. */
function fitting(set: Records): number {
  const encoder = new RecordEncoder(labelsOf(set[0]?.name ?? '.'));
  let room = MAX_MESSAGE - BESIDE;
  const over = set.findIndex((record) => {
    room -= encoder.encode(record).length;
    return room < 0;
  });
  return over < 0 ? set.length : over;
}
