import { FLAG, type Message, presentRecord, rcodeName, typeName } from '@callsign/dns';

/** A DNS message in words. Records are lines of a master file (RFC 1035, 5.1). */
interface ShownMessage {
  readonly name: string;
  readonly type: string;
  readonly rcode: string;
  /** As dig calls them: `qr`, `aa`, `ra`. */
  readonly flags: readonly string[];
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  /** The whole of it, about as dig prints it. */
  readonly text: string;
}

export function shownMessage(message: Message): ShownMessage {
  const { question, rcode } = message;
  const shown = {
    name: question.name,
    type: typeName(question.type),
    rcode: rcodeName(rcode),
    flags: flagNames(message.flags),
    answer: message.answer.map(presentRecord),
    authority: message.authority.map(presentRecord),
    additional: message.additional.map(presentRecord),
  };
  return { ...shown, text: textOf(shown) };
}

/** In the order of the header's bits. */
function flagNames(flags: number): string[] {
  return Object.entries(FLAG).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name.toLowerCase()]));
}

function textOf(shown: Omit<ShownMessage, 'text'>): string {
  const { name, type, rcode, flags, answer, authority, additional } = shown;
  const counts = `QUERY: 1, ANSWER: ${answer.length}, AUTHORITY: ${authority.length}, ADDITIONAL: ${additional.length}`;
  const head = [`;; ->>HEADER<<- opcode: QUERY, status: ${rcode}`, `;; flags: ${flags.join(' ')}; ${counts}`];
  const sections = [
    section('QUESTION', [`;${name} IN ${type}`]),
    section('ANSWER', answer),
    section('AUTHORITY', authority),
    section('ADDITIONAL', additional),
  ];
  return `${[head.join('\n'), ...sections.filter((text) => text !== '')].join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`;; ${title} SECTION:`, ...lines].join('\n');
}
