import { isIPv4, isIPv6 } from 'node:net';
import type { OwnerName } from '@callsign/catalog';
import { presentLabel, presentName, rawLabel } from '@callsign/dns';
import type { Word } from './entries.ts';
import { EntryFault } from './faults.ts';

const MAX_LABEL = 63;
const MAX_NAME = 255;
const MAX_STRING = 255;
/** RFC 2181, 8. */
const MAX_PERIOD = 2 ** 31 - 1;
const ESCAPE = /\\(?:([0-9]{3})|([^0-9])|(.))/gs;
const UNITS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 };
const PERIOD = /^(?:\d+|(?:\d+[wdhms])+)$/i;

/** The words of one entry, read from left to right. What does not fit is thrown as an `EntryFault`. */
export class Words {
  readonly #words: readonly Word[];
  readonly #origin: OwnerName;
  #at = 0;
  #line: number;

  constructor(words: readonly Word[], origin: OwnerName, line: number) {
    this.#words = words;
    this.#origin = origin;
    this.#line = line;
  }

  /** The next word, without taking it. */
  get next(): Word | undefined {
    return this.#words[this.#at];
  }

  take(what: string): Word {
    const word = this.next;
    if (word === undefined) throw this.fault(`the ${what} is missing`);
    this.#at += 1;
    this.#line = word.line;
    return word;
  }

  /** A fault of the word that was taken last. */
  fault(reason: string): EntryFault {
    return new EntryFault({ line: this.#line, reason });
  }

  end(): void {
    if (this.next !== undefined) throw this.fault(`${quote(this.take('end').text)} is one word too many`);
  }

  name(what: string): OwnerName {
    const { text } = this.take(what);
    if (text === '@') return this.#origin;
    if (text === '.') return '.';
    const labels = this.#labels(text);
    const absolute = labels.at(-1) === '';
    const own = presentName(absolute ? labels.slice(0, -1) : labels);
    return this.#checked(absolute || this.#origin === '.' ? own : own + this.#origin);
  }

  whole(what: string, most: number): number {
    const { text } = this.take(what);
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value <= most) return value;
    throw this.fault(`the ${what} ${quote(text)} is not a whole number from 0 to ${most}`);
  }

  /** Seconds, as a number or as `1h30m`. */
  period(what: string): number {
    const { text } = this.take(what);
    const seconds = periodOf(text);
    if (seconds !== undefined && seconds <= MAX_PERIOD) return seconds;
    throw this.fault(`the ${what} ${quote(text)} is no time: seconds up to ${MAX_PERIOD}, or like 1h30m`);
  }

  address(family: 4 | 6): string {
    const { text } = this.take('address');
    const fits = family === 4 ? isIPv4(text) : isIPv6(text) && !text.includes('%');
    if (!fits) throw this.fault(`${quote(text)} is no IPv${family} address`);
    return text;
  }

  /** The bytes of a character string (RFC 1035, 5.1). */
  bytes(what: string): Buffer {
    const bytes = Buffer.from(this.#unescaped(this.take(what).text), 'latin1');
    if (bytes.length > MAX_STRING) throw this.fault(`the ${what} is longer than 255 bytes`);
    return bytes;
  }

  /** Labels as bytes in lower case; the last one is empty when the name ends with a dot. */
  #labels(text: string): string[] {
    // A dot that is escaped does not part labels: it is out of the way before they are parted.
    const labels = this.#unescaped(text, presentLabel).split('.');
    return labels.map((label) => rawLabel(label).replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  }

  #checked(name: OwnerName): OwnerName {
    const labels = name.slice(0, -1).split('.').map(rawLabel);
    if (labels.includes('')) throw this.fault(`the name ${quote(name)} has an empty label`);
    const long = labels.find((label) => label.length > MAX_LABEL);
    if (long !== undefined) throw this.fault(`the label ${quote(long)} is longer than 63 bytes`);
    const size = labels.reduce((sum, label) => sum + label.length + 1, 1);
    if (size > MAX_NAME) throw this.fault(`the name ${quote(name)} is longer than 255 bytes`);
    return name;
  }

  #unescaped(text: string, present: (byte: string) => string = (byte) => byte): string {
    return text.replace(ESCAPE, (written: string, code?: string, byte?: string) => {
      const number = code === undefined ? byte?.charCodeAt(0) : Number(code);
      if (number === undefined || number > 255) {
        throw this.fault(`${quote(written)} is no escape: it takes three digits up to 255, or no digit`);
      }
      return present(String.fromCharCode(number));
    });
  }
}

/** Seconds, or undefined for what is no time. */
export function periodOf(text: string): number | undefined {
  if (!PERIOD.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([a-z]?)/gi)];
  return parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit.toLowerCase()] ?? 1),
    0,
  );
}

/** Somebody's text inside a sentence: printable, and never at length. */
export function quote(text: string): string {
  const shown = text.replace(/[^\x20-\x7e]/g, presentLabel);
  return `"${shown.length <= 80 ? shown : `${shown.slice(0, 77)}...`}"`;
}
