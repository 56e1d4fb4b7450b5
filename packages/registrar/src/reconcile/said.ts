import type { InspectedContainer } from '../engine/snapshot.ts';

/** What containers say may be as long as they like, and a line of the log may not. */
const LONGEST = 100;
const MOST = 8;

/** A container as lines of the log name it. */
export function saidOf({ id, name }: Pick<InspectedContainer, 'id' | 'name'>) {
  return { container: id.slice(0, 12), name: shortened(name) };
}

export function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** Each once, and of many the first ones alone. */
export function fewOf(sentences: readonly string[]): readonly string[] {
  const all = [...new Set(sentences)];
  return all.length <= MOST ? all : [...all.slice(0, MOST), `and ${all.length - MOST} more`];
}
