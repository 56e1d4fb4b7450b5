import { HEADER, presentName, questionNameEnd, typeName } from '@callsign/dns';

/** What a message with a question asks for, as people read it. */
export function asked(message: Buffer): { readonly name: string; readonly type: string } {
  const end = questionNameEnd(message);
  return { name: presentName(labelsIn(message, end)), type: typeName(message.readUInt16BE(end)) };
}

function labelsIn(message: Buffer, end: number): string[] {
  const labels: string[] = [];
  for (let at = HEADER; at < end - 1; at += (message[at] as number) + 1)
    labels.push(message.toString('latin1', at + 1, at + 1 + (message[at] as number)));
  return labels;
}
