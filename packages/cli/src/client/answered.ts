import { formatSocketAddress, printable, type SocketAddress } from '@callsign/daemon';
import { FLAG, type Message, presentRecord, type ResourceRecord, rcodeName, typeName } from '@callsign/dns';
import type { Paint } from '../command/paper.ts';

/** An answer, and how it was come by. */
export interface Answered {
  readonly message: Message;
  readonly from: SocketAddress;
  readonly milliseconds: number;
}

/** As dig writes it, without what people do not look for. */
export function answerLines({ message, from, milliseconds }: Answered, paint: Paint): string[] {
  const { rcode, question, answer, authority, additional } = message;
  const good = answer.length > 0 ? 'green' : 'yellow';
  return [
    `;; ${paint(rcode === 0 ? good : 'red', rcodeName(rcode))}, flags: ${flagsOf(message).join(' ')}`,
    paint('bold', ';; QUESTION'),
    printable(`;${question.name} IN ${typeName(question.type)}`),
    ...section(';; ANSWER', answer, paint),
    ...section(';; AUTHORITY', authority, paint),
    ...section(';; ADDITIONAL', additional, paint),
    paint('dim', `;; from ${formatSocketAddress(from)} in ${milliseconds.toFixed(1)} ms`),
  ];
}

/** What the records of the answer say, without their owner names. */
export function answerValues({ message }: Answered): string[] {
  return message.answer.map((record) => shown(record).split(' ').slice(4).join(' '));
}

/** In the shape of `GET /v1/names/NAME` (docs/rest.md). */
export function answerDocument({ message, from, milliseconds }: Answered): string {
  const { rcode, question, answer, authority, additional } = message;
  return JSON.stringify({
    name: question.name,
    type: typeName(question.type),
    rcode: rcodeName(rcode),
    flags: flagsOf(message),
    answer: answer.map(presentRecord),
    authority: authority.map(presentRecord),
    additional: additional.map(presentRecord),
    server: formatSocketAddress(from),
    milliseconds: Number(milliseconds.toFixed(3)),
  });
}

function section(title: string, records: readonly ResourceRecord[], paint: Paint): string[] {
  return records.length === 0 ? [] : [paint('bold', title), ...records.map(shown)];
}

function shown(record: ResourceRecord): string {
  return printable(presentRecord(record));
}

function flagsOf({ flags }: Message): string[] {
  return Object.entries(FLAG).flatMap(([name, mask]) => ((flags & mask) === 0 ? [] : [name.toLowerCase()]));
}
