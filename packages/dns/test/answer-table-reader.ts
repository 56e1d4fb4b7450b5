import { parentPort, workerData } from 'node:worker_threads';
import { AnswerTable, type TableMemory } from '@callsign/dns/hot';
import { WORD } from '../src/answers/answer-bytes.ts';

/** Looks up answers as fast as it can and compares each with its question, until it has found enough of them. */
const { memory, progress, enough } = workerData as {
  readonly memory: TableMemory;
  readonly progress: Int32Array;
  readonly enough: number;
};
const table = new AnswerTable(memory);
const reader = table.addReader();
const words = new Int32Array(memory.slab);
const bytes = new Uint8Array(memory.slab);
let wrong = 0;

for (let number = 0, found = 0; found < enough; number = (number + 1) % 3_000) {
  table.turn(reader);
  const at = table.find({ keyWords: Int32Array.of(number, 7, 9), keyLength: 12, hash: number % 1_000 });
  if (at >= 0) {
    found += 1;
    if (!isRight(at, number)) wrong += 1;
  }
  table.turn(reader);
}
Atomics.add(progress, 0, 1);
parentPort?.postMessage(wrong);

function isRight(at: number, number: number): boolean {
  const record = (at + (words[at + WORD.RECORDS] as number)) * 4;
  const key = words[at + (words[at + WORD.KEY] as number)];
  return key === number && bytes.subarray(record, record + 16).every((byte) => byte === (number & 255));
}
