/** Which containers share the network of which other one. */
export class Sharers {
  readonly #owners = new Map<string, string>();
  readonly #sharers = new Map<string, Set<string>>();

  /** The containers that have their network from this one, or from one of these. */
  of(owner: string): readonly string[] {
    const found = new Set([owner]);
    for (const each of found) for (const sharer of this.#direct(each)) found.add(sharer);
    found.delete(owner);
    return [...found];
  }

  share(sharer: string, owner: string): void {
    if (this.#owners.get(sharer) === owner) return;
    this.forget(sharer);
    this.#owners.set(sharer, owner);
    this.#sharers.set(owner, new Set(this.#direct(owner)).add(sharer));
  }

  forget(sharer: string): void {
    const owner = this.#owners.get(sharer);
    if (owner === undefined) return;
    const left = this.#direct(owner).filter((other) => other !== sharer);
    this.#owners.delete(sharer);
    if (left.length > 0) this.#sharers.set(owner, new Set(left));
    else this.#sharers.delete(owner);
  }

  #direct(owner: string): readonly string[] {
    return [...(this.#sharers.get(owner) ?? [])];
  }
}
