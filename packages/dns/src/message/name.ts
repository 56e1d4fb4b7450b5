/** Printable ASCII but for the dot and the backslash. */
const PLAIN_LABEL = /^[\x21-\x2d\x2f-\x5b\x5d-\x7e]*$/;
const NOT_PLAIN = /[^\x21-\x2d\x2f-\x5b\x5d-\x7e]/g;

/**
 * A name's text form from its labels, in which a dot inside a label is told from one between labels (RFC 1035, 5.1;
 * RFC 4343, 2.1). Canonical names of ours have no such labels and come out as they are.
 */
export function presentName(labels: readonly string[]): string {
  return `${labels.map(presentLabel).join('.')}.`;
}

/** One label with `.`, `\` and whatever is not printable ASCII as `\DDD`. */
export function presentLabel(label: string): string {
  if (PLAIN_LABEL.test(label)) return label;
  return label.replace(NOT_PLAIN, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`);
}

/** The bytes of a label in text form, each as one character: `presentLabel` undone. */
export function rawLabel(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number(code)))
    : text;
}

/** The text form of a name in a judged message; pointers are followed. */
export function nameAt(message: Buffer, start: number): string {
  const labels: string[] = [];
  let at = start;
  for (let size = message[at] as number; size > 0; size = message[at] as number) {
    if (size >= 0xc0) at = message.readUInt16BE(at) & 0x3fff;
    else {
      labels.push(message.toString('latin1', at + 1, at + 1 + size));
      at += 1 + size;
    }
  }
  return presentName(labels);
}

/** The uncompressed wire form of a canonical name. */
export function wholeName(name: string): Buffer {
  const labels = name === '.' ? [] : name.slice(0, -1).split('.');
  const text = labels.map(wireLabel).join('');
  return Buffer.from(`${text}\0`, 'latin1');
}

/** A label behind its length. */
export function wireLabel(text: string): string {
  const label = rawLabel(text);
  return String.fromCharCode(label.length) + label;
}
