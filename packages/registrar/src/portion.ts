/** What goes together at a time. */
export interface PortionLimit {
  readonly items: number;
  /** Of all of them; one that is longer by itself goes alone. */
  readonly characters: number;
}

/** How many items from the front make the next portion: at least one where there is any. */
export function portionOf<T>(all: readonly T[], most: PortionLimit, lengthOf: (item: T) => number): number {
  let characters = 0;
  const candidates = all.slice(0, most.items);
  const end = candidates.findIndex((item, at) => {
    characters += lengthOf(item);
    return at > 0 && characters > most.characters;
  });
  return end === -1 ? candidates.length : end;
}
