import { crc32 } from 'node:zlib';
import { JournalDamagedError } from './journal-error.ts';
import { FORMAT, type StoreRecord } from './record.ts';

const LINE_END = 0x0a;
/** Records in one line of a rewritten journal: what is put together without letting anybody else run. */
const CHUNK = 256;

export function* encodeLines(records: Iterable<StoreRecord>): Generator<Buffer> {
  let chunk: StoreRecord[] = [];
  for (const record of records) {
    chunk.push(record);
    if (chunk.length < CHUNK) continue;
    yield encodeLine(chunk);
    chunk = [];
  }
  if (chunk.length > 0) yield encodeLine(chunk);
}

export function encodeLine(records: readonly StoreRecord[]): Buffer {
  const json = JSON.stringify(records);
  return Buffer.from(`${checksum(json)} ${json}\n`);
}

function checksum(json: string | Buffer): string {
  return crc32(json).toString(16).padStart(8, '0');
}

/**
 * Hands every record to `apply`.
 * @param path of the file, for errors
 * @returns how many bytes of it are whole lines
 * @throws {JournalDamagedError} when more is damaged than the end
 */
export function readLines(path: string, bytes: Buffer, apply: (record: StoreRecord) => void): number {
  let start = 0;
  for (let line = 1; start < bytes.length; line += 1) {
    const end = bytes.indexOf(LINE_END, start);
    const records = end === -1 ? undefined : decodeLine(bytes.subarray(start, end));
    if (records === undefined) return torn(path, bytes, start, line);
    if (start === 0) checkStart(path, records[0]);
    for (const record of records) apply(record);
    start = end + 1;
  }
  return start;
}

/** A bad line is torn when nothing comes after it. The first one never is: it was renamed into its place whole. */
function torn(path: string, bytes: Buffer, start: number, line: number): number {
  const end = bytes.indexOf(LINE_END, start);
  if (start === 0) throw JournalDamagedError.foreign(path);
  if (end !== -1 && end + 1 < bytes.length) throw JournalDamagedError.at(path, line, start);
  return start;
}

function checkStart(path: string, record: StoreRecord | undefined): void {
  if (record?.kind !== 'start' || record.format !== FORMAT) throw JournalDamagedError.foreign(path);
}

/** Undefined when the checksum does not fit: then it is not what was written. */
function decodeLine(line: Buffer): readonly StoreRecord[] | undefined {
  const json = line.subarray(9);
  return line.toString('latin1', 0, 9) === `${checksum(json)} `
    ? (JSON.parse(json.toString('utf8')) as StoreRecord[])
    : undefined;
}
