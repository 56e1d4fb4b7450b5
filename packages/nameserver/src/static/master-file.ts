import { isWithin, type OwnerName } from '@callsign/catalog';
import { type Entry, entriesOf } from './entries.ts';
import { EntryFault, type Fault } from './faults.ts';
import { readRdata, type StaticRdata } from './rdata.ts';
import { periodOf, quote, Words } from './words.ts';

/** A record and the line that it was read from. */
export interface PlacedRecord {
  readonly name: OwnerName;
  /** Seconds. */
  readonly ttl: number;
  readonly rdata: StaticRdata;
  readonly line: number;
}

export interface MasterFile {
  readonly records: readonly PlacedRecord[];
  /** In the order of their lines. */
  readonly faults: readonly Fault[];
}

/**
 * Reads a zone in master-file format (RFC 1035, 5; RFC 2308, 4 for $TTL; RFC 3597, 5). $INCLUDE is refused: what is
 * served is in the files that were named.
 * @param text the file, each byte as one character
 * @param apex the zone's name, and what names without a final dot are relative to
 * @param ttl seconds for records before the first TTL of the file
 */
export function parseMasterFile(text: string, apex: OwnerName, ttl: number): MasterFile {
  const { entries, faults } = entriesOf(text);
  const reader = new MasterFileReader(apex, ttl);
  const found = entries.flatMap((entry) => caught(faults, () => reader.read(entry)));
  return { records: found, faults: faults.toSorted((a, b) => a.line - b.line) };
}

function caught(faults: Fault[], read: () => PlacedRecord | undefined): PlacedRecord[] {
  try {
    const record = read();
    return record === undefined ? [] : [record];
  } catch (error) {
    if (!(error instanceof EntryFault)) throw error;
    faults.push({ line: error.line, reason: error.message });
    return [];
  }
}

const OTHER_CLASSES = new Set(['CH', 'HS', 'CS', 'ANY']);

/** What one entry says depends on those before it: origin, default TTL, last owner. */
class MasterFileReader {
  readonly #apex: OwnerName;
  #origin: OwnerName;
  #ttl: number;
  #ttlIsSet = false;
  #owner: OwnerName | undefined;

  constructor(apex: OwnerName, ttl: number) {
    this.#apex = apex;
    this.#origin = apex;
    this.#ttl = ttl;
  }

  read({ line, indented, words: all }: Entry): PlacedRecord | undefined {
    const words = new Words(all, this.#origin, line);
    if (!indented && all[0]?.quoted === false && all[0].text.startsWith('$')) {
      this.#obey(words);
      return undefined;
    }
    const name = this.#ownerOf(words, indented);
    const ttl = this.#ttlOf(words);
    return { name, ttl, rdata: readRdata(words), line };
  }

  #obey(words: Words): void {
    const { text } = words.take('directive');
    switch (text.toUpperCase()) {
      case '$ORIGIN':
        this.#origin = words.name('origin');
        break;
      case '$TTL':
        this.#ttl = words.period('TTL');
        this.#ttlIsSet = true;
        break;
      case '$INCLUDE':
        throw words.fault('$INCLUDE is not followed: put the records of that file here');
      default:
        throw words.fault(`${quote(text)} is no directive: $ORIGIN and $TTL are`);
    }
    words.end();
  }

  #ownerOf(words: Words, indented: boolean): OwnerName {
    if (indented) {
      if (this.#owner === undefined)
        throw words.fault('there is no owner name, and no record before this one');
      return this.#owner;
    }
    this.#owner = this.#apex; // for the lines below it, where this name is faulty
    this.#owner = words.name('owner name');
    if (isWithin(this.#owner, this.#apex)) return this.#owner;
    throw words.fault(`${quote(this.#owner)} is not in the zone ${this.#apex}`);
  }

  /** TTL and class stand before the type in either order, or not at all (RFC 1035, 5.1). */
  #ttlOf(words: Words): number {
    let ttl: number | undefined;
    for (let left = 2; left > 0; left -= 1) {
      const text = words.next?.text ?? '';
      if (OTHER_CLASSES.has(text.toUpperCase()))
        throw words.fault(`the class ${text} is not served: only IN is`);
      if (text.toUpperCase() === 'IN') words.take('class');
      else if (ttl === undefined && periodOf(text) !== undefined) ttl = words.period('TTL');
    }
    if (ttl !== undefined && !this.#ttlIsSet) this.#ttl = ttl;
    return ttl ?? this.#ttl;
  }
}
