import { type Clock, isAbort } from '@callsign/daemon';
import type { Answer } from './answer.ts';
import type { Asker } from './recursor.ts';
import { isConclusive } from './upstream-answer.ts';

/** Milliseconds that a client waits before it gets a stale answer (RFC 8767, 5: client response timer). */
const CLIENT_RESPONSE = 1_800;

/** Somebody who gets what was last known when there is no answer in time. */
export class Patient implements Asker {
  readonly #asker: Asker;
  readonly #lastKnown: () => Answer;
  readonly #onFailure: () => void;
  readonly #told = new AbortController();

  /** @param onFailure told when there is no answer in time */
  constructor(asker: Asker, lastKnown: () => Answer, onFailure: () => void) {
    this.#asker = asker;
    this.#lastKnown = lastKnown;
    this.#onFailure = onFailure;
  }

  async wait(clock: Clock): Promise<void> {
    try {
      await clock.sleep(CLIENT_RESPONSE, this.#told.signal);
      this.failed();
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }

  answered(answer: Answer): void {
    if (isConclusive(answer)) this.#tell(answer);
    else this.failed();
  }

  failed(): void {
    if (this.#told.signal.aborted) return;
    this.#onFailure();
    this.#tell(this.#lastKnown());
  }

  #tell(answer: Answer): void {
    if (this.#told.signal.aborted) return;
    this.#told.abort();
    this.#asker.answered(answer);
  }
}
