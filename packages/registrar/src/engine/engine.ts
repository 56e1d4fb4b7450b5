import type { InspectedContainer } from './snapshot.ts';

/** Something happened to a container or to a service: a hint to look at it again, never the truth about it. */
export interface ContainerEvent {
  /** The id of either. */
  readonly container: string;
  /** `start`, `die`, `connect`, …, as the Engine calls it. */
  readonly action: string;
  /** The number of the signal that it was sent, where the event is about one. */
  readonly signal?: number;
}

/** A container that runs, or a service, as the list of all shows it. */
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
  /** The services of a Swarm, where this Engine is the manager that leads it; undefined where it does not. */
  services(signal: AbortSignal): Promise<readonly ListedContainer[] | undefined>;
  /**
   * One container or service as it is now; undefined when there is none with that id, and for a service where this
   * Engine does not lead.
   */
  inspect(container: string, signal: AbortSignal): Promise<InspectedContainer | undefined>;
  /** Asks for a sign of life. */
  ping(signal: AbortSignal): Promise<void>;
}

/** True for the id of a Swarm's service: a container's has 64 hex digits. */
export function isServiceId(id: string): boolean {
  return /^[0-9a-z]{25}$/.test(id);
}
