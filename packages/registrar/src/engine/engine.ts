import type { InspectedContainer } from './snapshot.ts';

/** Something happened to a container: a hint to look at it again, never the truth about it. */
export interface ContainerEvent {
  readonly container: string;
  /** `start`, `die`, `connect`, …, as the Engine calls it. */
  readonly action: string;
  /** The number of the signal that it was sent, where the event is about one. */
  readonly signal?: number;
}

/** A container that runs, as the list of all shows it. */
export interface ListedContainer {
  readonly id: string;
  /** Changes whenever something changes that the list shows and that names may depend on. */
  readonly mark: string;
}

/** The Docker Engine, as far as a registrar needs it. Every failure is a retryable CallsignError. */
export interface Engine {
  /** Where it is, as a user would spell it. */
  readonly address: string;
  /**
   * Resolves once the Engine has taken the subscription, so that what happens from then on is told. The
   * iteration throws when the stream is cut and returns when the signal fires.
   */
  subscribe(signal: AbortSignal): Promise<AsyncIterable<ContainerEvent>>;
  /** All containers that run, the paused and the restarting ones included. */
  list(signal: AbortSignal): Promise<readonly ListedContainer[]>;
  /** One container as it is now; undefined when there is none with that id. */
  inspect(container: string, signal: AbortSignal): Promise<InspectedContainer | undefined>;
  /** Asks for a sign of life. */
  ping(signal: AbortSignal): Promise<void>;
}
