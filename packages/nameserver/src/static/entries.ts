import type { Fault } from './faults.ts';

/** A word of a zone file as it is written: escapes are still in it, quotes are not. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
}

/** What ends with a line, or with the line on which its last parenthesis is closed (RFC 1035, 5.1). */
export interface Entry {
  /** That of its first word. */
  readonly line: number;
  /** True when it begins with blanks: then it has no owner name of its own. */
  readonly indented: boolean;
  readonly words: readonly Word[];
}

/** Every byte of a file belongs to exactly one of these. */
const PIECE =
  /(?<end>\n)|(?<blank>[ \t\r]+)|(?<comment>;[^\n]*)|(?<open>\()|(?<close>\))|"(?<quoted>[^"\\\n]*(?:\\[^\n][^"\\\n]*)*)"|(?<word>(?:[^ \t\r\n;()"\\]+|\\[^\n])+)|(?<broken>["\\][^\n]*)/g;

/** Takes a file apart. Entries with a fault are left out. */
export function entriesOf(text: string): { readonly entries: Entry[]; readonly faults: Fault[] } {
  const reader = new EntryReader();
  for (const { 0: piece, groups } of text.matchAll(PIECE)) reader.take(piece, groups ?? {});
  return reader.finish();
}

class EntryReader {
  readonly #entries: Entry[] = [];
  readonly #faults: Fault[] = [];
  #line = 1;
  #words: Word[] = [];
  #fresh = true;
  #indented = false;
  #faulty = false;
  /** The lines of the parentheses that are open. */
  #open: number[] = [];

  take(piece: string, found: Readonly<Record<string, string | undefined>>): void {
    if (found.end !== undefined) this.#endLine();
    else if (found.blank !== undefined) this.#takeBlank();
    else if (found.comment === undefined) this.#takeWord(piece, found);
  }

  finish(): { readonly entries: Entry[]; readonly faults: Fault[] } {
    const line = this.#open.at(-1);
    if (line !== undefined) this.#fault(line, 'the parenthesis that is opened here is not closed');
    this.#endEntry();
    return { entries: this.#entries, faults: this.#faults };
  }

  #takeWord(
    piece: string,
    { word, quoted, open, close }: Readonly<Record<string, string | undefined>>,
  ): void {
    this.#fresh = false;
    const text = word ?? quoted;
    if (text !== undefined) this.#words.push({ text, quoted: quoted !== undefined, line: this.#line });
    else if (open !== undefined) this.#open.push(this.#line);
    else if (close === undefined) this.#fault(this.#line, brokenReason(piece));
    else if (this.#open.pop() === undefined)
      this.#fault(this.#line, 'a parenthesis is closed that none opens');
  }

  #takeBlank(): void {
    this.#indented ||= this.#fresh;
    this.#fresh = false;
  }

  #endLine(): void {
    if (this.#open.length === 0) this.#endEntry();
    this.#line += 1;
  }

  #endEntry(): void {
    const [first] = this.#words;
    if (first !== undefined && !this.#faulty) {
      this.#entries.push({ line: first.line, indented: this.#indented, words: this.#words });
    }
    this.#words = [];
    this.#fresh = true;
    this.#indented = false;
    this.#faulty = false;
  }

  #fault(line: number, reason: string): void {
    this.#faults.push({ line, reason });
    this.#faulty = true;
  }
}

function brokenReason(piece: string): string {
  return piece.startsWith('"')
    ? 'a quote is not closed on its line'
    : 'nothing stands behind the last backslash';
}
