import { inSpan, type Log, Once } from '@callsign/daemon';
import type { ContainerTraces } from '../container-traces.ts';
import {
  type AddressRule,
  addressOf,
  inItsNetwork,
  isOnHost,
  mayGetAddress,
  NETWORK_LABEL,
  networkOwner,
} from '../engine/container-address.ts';
import type { Engine } from '../engine/engine.ts';
import type { ContainerSnapshot, InspectedContainer } from '../engine/snapshot.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { DesiredRecords } from './desired.ts';
import type { Draining } from './draining.ts';
import { type HealthRule, isAnnounced } from './life.ts';
import { fewOf, saidOf, shortened } from './said.ts';
import { Sharers } from './sharers.ts';

/** What decides whether a container is announced, and with which address. */
export interface LookRules extends AddressRule {
  readonly health: HealthRule;
}

export interface LookOptions {
  readonly engine: Engine;
  readonly desired: DesiredRecords;
  readonly publisher: Publisher;
  readonly draining: Draining;
  readonly rules: LookRules;
  readonly traces: ContainerTraces;
  readonly log: Log;
}

/** Looks at one container at a time, and passes on what follows from what it finds. */
export class Look {
  readonly #options: LookOptions;
  readonly #sharers = new Sharers();
  readonly #once = new Once();

  constructor(options: LookOptions) {
    this.#options = options;
  }

  /**
   * False when there should soon be more to see: the container runs, and has yet to get its address. What was
   * found is not passed on when it is outdated by then: until the next look the container keeps what it has.
   */
  async at(container: string, isOutdated: () => boolean, signal: AbortSignal): Promise<boolean> {
    const { desired, publisher, draining, rules } = this.#options;
    publisher.keep(container);
    const inspected = await this.#inspect(container, signal);
    if (inspected !== undefined) draining.know(inspected);
    const found = inspected && (await this.#inItsNetwork(inspected, signal));
    if (isOutdated()) return true;
    if (found === undefined || !isAnnounced(found, rules.health) || draining.has(container)) {
      this.#withdraw(container, found?.running === true);
      return true;
    }
    const snapshot = { ...found, address: addressOf(found, rules) };
    this.#tellAddress(snapshot);
    const records = await desired.of(snapshot, signal);
    // Plugins take their time, and an event that came meanwhile may have been taken at its word.
    if (isOutdated()) return true;
    publisher.want(container, records);
    return snapshot.address !== undefined || !mayGetAddress(found);
  }

  #inspect(container: string, signal: AbortSignal): Promise<InspectedContainer | undefined> {
    const { engine, traces } = this.#options;
    return inSpan(traces.step(container, 'inspect'), () => engine.inspect(container, signal));
  }

  /** Those that have their network from this container: what happens to it happens to them. */
  sharersOf(container: string): readonly string[] {
    return this.#sharers.of(container);
  }

  #withdraw(container: string, isRunning: boolean): void {
    const { desired, publisher, draining } = this.#options;
    desired.forget(container);
    publisher.forget(container);
    this.#once.forget(container);
    if (isRunning) return;
    draining.forget(container);
    this.#sharers.forget(container);
  }

  #inItsNetwork(container: InspectedContainer, signal: AbortSignal): Promise<InspectedContainer> {
    const direct = networkOwner(container);
    // Before that one is inspected, for what happens to it from then on is to be heard.
    if (direct !== undefined) this.#sharers.share(container.id, direct);
    return inItsNetwork(container, async (id) => {
      const owner = await this.#options.engine.inspect(id, signal);
      if (id === direct && owner !== undefined) this.#sharers.share(container.id, owner.id);
      return owner;
    });
  }

  /** Tells what only the user can mend: a host that does not say its address, a label that names a wrong network. */
  #tellAddress(snapshot: ContainerSnapshot): void {
    const { id, labels, networks, address } = snapshot;
    if (address !== undefined) return;
    const { log } = this.#options;
    const container = saidOf(snapshot);
    const network = labels[NETWORK_LABEL] ?? '';
    if (isOnHost(snapshot)) {
      if (this.#once.first('host')) log.info(ON_HOST, container);
    } else if (network !== '' && this.#once.first(id, network)) {
      log.warn(NOT_THERE, {
        ...container,
        network: shortened(network),
        networks: fewOf(Object.keys(networks)),
      });
    }
  }
}

const ON_HOST =
  "a container on this machine's own network has no names: give the machine's address with --host-address";
const NOT_THERE = `a container has no address in the network that its label ${NETWORK_LABEL} names`;
