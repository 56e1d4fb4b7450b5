import { describe, type Log, Once } from '@callsign/daemon';
import { type Engine, isServiceId, type ListedContainer } from '../engine/engine.ts';

/** The services of the Swarm that the Engine leads. They are listed often: no event tells who leads. */
export class Services {
  readonly #engine: Engine;
  readonly #log: Log;
  readonly #once = new Once();
  #leads = false;
  /** As the last list showed them. */
  #marks: ReadonlyMap<string, string> = new Map();

  constructor(engine: Engine, log: Log) {
    this.#engine = engine;
    this.#log = log;
  }

  /**
   * Those that the list shows otherwise than the last time, and those of the known ones that are in it no longer. A
   * Swarm that cannot be asked, because it has no leader, stays as it was.
   */
  async changed(known: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    try {
      const listed = await this.#engine.services(signal);
      const justLost = this.#leads && listed === undefined;
      this.#leads = listed !== undefined;
      // Whoever leads now finds it out as late as this: until then, what was said here stands.
      return justLost ? [] : this.#compared(listed ?? [], known);
    } catch (error) {
      signal.throwIfAborted();
      this.#tell(describe(error));
      return [];
    }
  }

  #compared(listed: readonly ListedContainer[], known: readonly string[]): readonly string[] {
    const before = this.#marks;
    this.#marks = new Map(listed.map(({ id, mark }) => [id, mark]));
    const changed = listed.filter(({ id, mark }) => before.get(id) !== mark).map(({ id }) => id);
    return [...changed, ...known.filter((id) => isServiceId(id) && !this.#marks.has(id))];
  }

  #tell(reason: string): void {
    if (!this.#once.first('services', reason)) return;
    this.#log.warn("the Swarm's services cannot be listed: they keep the names they have", { reason });
  }
}
