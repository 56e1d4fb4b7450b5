import assert from 'node:assert/strict';
import { type Batch, type Entry, type Listing, MAX_WRITES, type Store, type Write } from '@callsign/catalog';
import type { TcpProxy } from '../../../test/support/proxy.ts';
import { eventually } from '../../../test/support/wait.ts';

/** Seconds: the shortest lease that every store grants. */
export const SHORT = 1;

/** One store with as many clients as a test wants, made anew for each suite. */
export interface Rig {
  /** A client of its own. The contract closes it. */
  open(): Promise<Store>;
  /** A client that closes nobody else. */
  openAlone(): Promise<Store>;
  /** Makes the store forget every change so far but the last few. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** A rig whose network can be broken. */
export interface NetworkRig extends Rig {
  /** A client whose connections lead through `network`. */
  openThrough(): Promise<Store>;
  readonly network: TcpProxy;
}

export type MakeRig<R extends Rig> = (suite: Mocha.Context) => Promise<R>;

/** What a test of the contract plays on: one rig for the suite, keys and clients for each test. */
export class Scene<R extends Rig = Rig> {
  rig!: R;
  /** What this test's keys begin with. */
  below = '';
  #tests = 0;
  #opened: Store[] = [];
  #ended = new AbortController();

  begin(): void {
    this.#tests += 1;
    this.below = `test${this.#tests}/`;
    this.#ended = new AbortController();
  }

  async end(): Promise<void> {
    this.stop();
    await Promise.all(this.#opened.map((store) => store.close()));
    this.#opened = [];
  }

  /** Fires the signal of every watch. */
  stop(): void {
    this.#ended.abort();
  }

  /** Sees to it that a client is closed when the test is over. */
  async keep(opening: Promise<Store>): Promise<Store> {
    const store = await opening;
    this.#opened.push(store);
    return store;
  }

  open(): Promise<Store> {
    return this.keep(this.rig.open());
  }

  follow(store: Store, after: number): Follower {
    return new Follower(store.watch(this.below, after, this.#ended.signal));
  }
}

export function useScene<R extends Rig>(makeRig: MakeRig<R>): Scene<R> {
  const scene = new Scene<R>();
  before(async function () {
    scene.rig = await makeRig(this);
  });
  after(async () => scene.rig?.close());
  beforeEach(() => scene.begin());
  afterEach(() => scene.end());
  return scene;
}

/** Reads a watch as fast as it comes. */
export class Follower {
  readonly batches: Batch[] = [];
  /** Resolves when the watch ends, rejects when it fails. */
  readonly end: Promise<void>;
  #failed: unknown;

  constructor(watch: AsyncIterable<Batch>) {
    this.end = this.#read(watch);
    this.end.catch((error) => {
      this.#failed = error;
    });
  }

  async #read(watch: AsyncIterable<Batch>): Promise<void> {
    for await (const batch of watch) this.batches.push(batch);
  }

  async until(check: (batches: readonly Batch[]) => boolean): Promise<readonly Batch[]> {
    await eventually(() => {
      if (this.#failed !== undefined) return;
      assert.ok(check(this.batches), `only ${this.batches.length} batches came`);
    });
    if (this.#failed !== undefined) throw this.#failed;
    return this.batches;
  }
}

/** Commits that put a key and delete the one before it, one revision each, many under way at a time. */
export async function churn(store: Store, below: string, commits: number, size = 1): Promise<void> {
  const value = 'x'.repeat(size);
  for (let done = 0; done < commits; done += LANES) {
    const lanes = Array.from({ length: Math.min(LANES, commits - done) }, (_, lane) => `${below}k${lane}-`);
    await Promise.all(
      lanes.map((lane) =>
        store.commit([
          { kind: 'put', key: `${lane}${done}`, value },
          { kind: 'delete', key: `${lane}${done - LANES}` },
        ]),
      ),
    );
  }
}

const LANES = 50;

export function inGroups(writes: Write[]): Write[][] {
  return Array.from({ length: Math.ceil(writes.length / MAX_WRITES) }, (_, at) =>
    writes.slice(at * MAX_WRITES, (at + 1) * MAX_WRITES),
  );
}

/** What a follower holds after these batches, by key. */
export function replay(start: Listing, batches: readonly Batch[]): Map<string, Entry> {
  const held = state(start);
  for (const { changes } of batches) {
    for (const change of changes) {
      if (change.kind === 'put') held.set(change.entry.key, change.entry);
      else held.delete(change.key);
    }
  }
  return held;
}

export function state({ entries }: Listing): Map<string, Entry> {
  return new Map(entries.map((entry) => [entry.key, entry]));
}

/** Nothing missing, nothing twice, nothing out of order, and the same end. */
export function assertFollowed(
  batches: readonly Batch[],
  listing: Listing,
  after: number,
  count: number,
): void {
  const revisions = batches.map(({ revision }) => revision);
  assert.equal(revisions.length, count);
  assert.deepEqual(
    revisions,
    [...new Set(revisions)].toSorted((a, b) => a - b),
  );
  assert.deepEqual(replay({ revision: after, entries: [] }, batches), state(listing));
}

export function hasKey(batches: readonly Batch[], key: string): boolean {
  return batches.some(({ changes }) =>
    changes.some((change) => change.kind === 'put' && change.entry.key === key),
  );
}

export function keysOf({ entries }: Listing): string[] {
  return entries.map(({ key }) => key);
}

export function byKey(a: Batch['changes'][number], b: Batch['changes'][number]): number {
  const key = (change: Batch['changes'][number]) => (change.kind === 'put' ? change.entry.key : change.key);
  return key(a) < key(b) ? -1 : 1;
}
