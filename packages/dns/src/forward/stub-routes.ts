import { HEADER } from '../message/constants.ts';
import { wholeName } from '../message/name.ts';
import { lowerName } from '../message/question.ts';
import type { ForwardedQuestion } from './forwarded-question.ts';
import type { Asker, Recursor } from './recursor.ts';

/** A zone whose names are asked for elsewhere than all others. */
export interface StubZone {
  /** In lower case with its trailing dot. */
  readonly zone: string;
  readonly recursor: Recursor;
}

/** Takes each question to the recursor of the longest zone around its name, or to that for all other names. */
export class StubRoutes implements Recursor {
  readonly #byZone: ReadonlyMap<string, Recursor>;
  readonly #others: Recursor;

  constructor(stubs: readonly StubZone[], others: Recursor) {
    this.#byZone = new Map(stubs.map(({ zone, recursor }) => [wholeName(zone).toString('latin1'), recursor]));
    this.#others = others;
  }

  ask(question: ForwardedQuestion, asker: Asker): void {
    this.#route(question.message).ask(question, asker);
  }

  #route(question: Buffer): Recursor {
    if (this.#byZone.size === 0) return this.#others;
    for (let at = HEADER; ; at += (question[at] as number) + 1) {
      const found = this.#byZone.get(lowerName(question, at));
      if (found !== undefined || question[at] === 0) return found ?? this.#others;
    }
  }
}
