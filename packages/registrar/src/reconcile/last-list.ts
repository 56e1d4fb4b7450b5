import type { ListedContainer } from '../engine/engine.ts';

/** What the Engine listed the last time, to be compared with the next. */
export class LastList {
  #marks: ReadonlyMap<string, string> = new Map();

  /** Takes the next list. @returns those that it shows otherwise, or first, and those of the known ones that are not in it */
  next(listed: readonly ListedContainer[], known: readonly string[]): readonly string[] {
    const before = this.#marks;
    this.#marks = new Map(listed.map(({ id, mark }) => [id, mark]));
    const changed = listed.filter(({ id, mark }) => before.get(id) !== mark).map(({ id }) => id);
    return [...changed, ...known.filter((id) => !this.#marks.has(id))];
  }
}
