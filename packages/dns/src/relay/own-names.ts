import { wholeName } from '../message/name.ts';

/** Names at and below which no thread may ask others by itself: what becomes of those is not for it to decide. */
export class OwnNames {
  /** Wire forms in lower case, by the last byte of their last label. */
  readonly #byLastByte: readonly (readonly Uint8Array[])[];

  /** @param names canonical, none of them the root */
  constructor(names: readonly string[]) {
    const wire = names.map(wholeName);
    this.#byLastByte = Array.from({ length: 256 }, (_, byte) => wire.filter((name) => name.at(-2) === byte));
  }

  /**
   * Compares bytes alone: a label that has in its text what such a name looks like is taken for one, which costs its
   * question the longer way.
   * @param key begins with a name in lower case
   * @param length of that name
   */
  has(key: Uint8Array, length: number): boolean {
    const alike = this.#byLastByte[length > 1 ? (key[length - 2] as number) : 0] as readonly Uint8Array[];
    for (let at = 0; at < alike.length; at += 1) {
      if (endsWith(key, length, alike[at] as Uint8Array)) return true;
    }
    return false;
  }
}

function endsWith(key: Uint8Array, length: number, end: Uint8Array): boolean {
  const start = length - end.length;
  if (start < 0) return false;
  for (let at = 0; at < end.length; at += 1) if (key[start + at] !== end[at]) return false;
  return true;
}
