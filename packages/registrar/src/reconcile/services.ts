import { describe, type Log, Once } from '@callsign/daemon';
import { type Engine, isServiceId } from '../engine/engine.ts';
import { LastList } from './last-list.ts';

/** The services of the Swarm that the Engine leads. They are listed often: no event tells who leads. */
export class Services {
  readonly #engine: Engine;
  readonly #log: Log;
  readonly #once = new Once();
  readonly #last = new LastList();
  #leads = false;

  constructor(engine: Engine, log: Log) {
    this.#engine = engine;
    this.#log = log;
  }

  /**
   * Those that the list shows otherwise than the last time, and those of the known ones that are in it no longer.
   * Undefined for a Swarm that cannot be asked, because it has no leader: all stays as it was.
   */
  async changed(known: readonly string[], signal: AbortSignal): Promise<readonly string[] | undefined> {
    try {
      const listed = await this.#engine.services(signal);
      const justLost = this.#leads && listed === undefined;
      this.#leads = listed !== undefined;
      // Whoever leads now finds it out as late as this: until then, what was said here stands.
      return justLost ? [] : this.#last.next(listed ?? [], known.filter(isServiceId));
    } catch (error) {
      signal.throwIfAborted();
      this.#tell(describe(error));
      return undefined;
    }
  }

  #tell(reason: string): void {
    if (!this.#once.first('services', reason)) return;
    this.#log.warn("the Swarm's services cannot be listed: they keep the names they have", { reason });
  }
}
