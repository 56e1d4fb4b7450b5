import type { QuestionKey } from '../answers/answer-table.ts';
import { Errand } from './errand.ts';
import type { RandomNumbers } from './random.ts';

/** Errands at one time; what comes beyond is left to the main thread. */
const MOST_ERRANDS = 1_024;
const IDS = 65_536;

/** The errands that are waited for, by the ids that their questions have, and from the oldest to the newest. */
export class UnderWay {
  readonly #random: RandomNumbers;
  readonly #idle: Errand[] = [];
  #made = 0;
  readonly #byId = new Array<Errand | undefined>(IDS).fill(undefined);
  #oldest: Errand | undefined;
  #newest: Errand | undefined;

  constructor(random: RandomNumbers) {
    this.#random = random;
  }

  get oldest(): Errand | undefined {
    return this.#oldest;
  }

  /** One that is free, and is used from now on; undefined when there are too many. */
  take(): Errand | undefined {
    return this.#idle.pop() ?? this.#make();
  }

  #make(): Errand | undefined {
    if (this.#made === MOST_ERRANDS) return undefined;
    this.#made += 1;
    return new Errand();
  }

  /** From now on it is waited for, under an id that no other one has. */
  begin(errand: Errand): void {
    let id = this.#random.next();
    while (this.#byId[id] !== undefined) id = this.#random.next();
    errand.id = id;
    this.#byId[id] = errand;
    errand.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = errand;
    else this.#newest.newer = errand;
    this.#newest = errand;
  }

  /** It is waited for no longer, nor are those that hang on it: all of them are free. */
  end(errand: Errand): void {
    const { older, newer } = errand;
    this.#byId[errand.id] = undefined;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    errand.older = undefined;
    errand.newer = undefined;
    this.#free(errand);
  }

  #free(first: Errand): void {
    for (let errand: Errand | undefined = first; errand !== undefined; ) {
      const next: Errand | undefined = errand.alike;
      errand.alike = undefined;
      this.#idle.push(errand);
      errand = next;
    }
  }

  withId(id: number): Errand | undefined {
    return this.#byId[id];
  }

  /** The one with the same question. Looked for only where there may well be one. */
  like(key: QuestionKey): Errand | undefined {
    let errand = this.#newest;
    while (errand !== undefined && !errand.isFor(key)) errand = errand.older;
    return errand;
  }
}
