import assert from 'node:assert/strict';
import { type Batch, type Change, LeaseLostError, type Store, type Write } from '@callsign/catalog';
import fc from 'fast-check';
import { MODEL_TTL, Model } from './model.ts';
import { byKey, type Rig, type Scene } from './scene.ts';

/** Some are the beginnings of others, and some stand between a key and what is below it. */
const KEYS = ['a', 'a/b', 'a/b/c', 'a-b', 'a!', 'b'] as const;

const key = fc.constantFrom(...KEYS);
/** One of the leases that there are, by its place among them. */
const which = fc.nat(3);
const write = fc.oneof(
  fc.record({ kind: fc.constant('put'), key, value: fc.string({ unit: 'binary', maxLength: 20 }) }),
  fc.record({ kind: fc.constant('delete'), key }),
);
/** What is expected of a key: the revision that it has, that it does not exist, or what never was. */
const expectation = fc.record({ key, of: fc.constantFrom('now', 'now', 'now', 'absent', 'never') });
const commit = fc.record({
  does: fc.constant('commit'),
  writes: fc.uniqueArray(write, { maxLength: 4, selector: (one) => one.key }),
  lease: fc.option(which, { freq: 2 }),
  expect: fc.array(expectation, { maxLength: 2 }),
});
const ofLeases = fc.record({ does: fc.constantFrom('grant', 'renew', 'revoke'), lease: which });
const operations = fc.array(fc.oneof({ arbitrary: commit, weight: 4 }, { arbitrary: ofLeases, weight: 2 }), {
  minLength: 5,
  maxLength: 40,
});

type Commit = typeof commit extends fc.Arbitrary<infer T> ? T : never;
type Operation = typeof operations extends fc.Arbitrary<(infer T)[]> ? T : never;

/** Plays sequences of operations on a store and on a model of it, and looks for a difference. */
export function describeAnySequence(scene: Scene<Rig>): void {
  it('does, lists and tells what a model of it does, whatever the sequence', async () => {
    const store = await scene.open();
    let runs = 0;
    const plays = fc.asyncProperty(operations, async (sequence) => {
      runs += 1;
      const play = await Play.begin(store, `${scene.below}run${runs}/`);
      const follower = scene.follow(store, play.model.revision);
      for (const operation of sequence) await play.perform(operation);
      assert.deepEqual(await store.list(play.below), play.listing);
      const batches = await follower.until(({ length }) => length === play.model.batches.length);
      assert.deepEqual(batches.map(compared), play.model.batches.map(compared));
      await play.end();
    });
    await fc.assert(plays, { numRuns: 20 });
  }).timeout(120_000);
}

class Play {
  readonly below: string;
  readonly model: Model;
  readonly #store: Store;
  /** None of this store is the first. */
  readonly #leases: string[] = ['12345'];

  private constructor(store: Store, below: string, revision: number) {
    this.#store = store;
    this.below = below;
    this.model = new Model(revision);
  }

  static async begin(store: Store, below: string): Promise<Play> {
    return new Play(store, below, (await store.list(below)).revision);
  }

  get listing() {
    return { revision: this.model.revision, entries: this.model.entries };
  }

  async perform(operation: Operation): Promise<void> {
    if (operation.does === 'commit') await this.#commit(operation as Commit);
    else if (operation.does === 'grant') await this.#grant();
    else if (operation.does === 'renew') await this.#renew(this.#lease(operation.lease as number));
    else await this.#revoke(this.#lease(operation.lease as number));
  }

  async end(): Promise<void> {
    for (const id of this.#leases) await this.#store.leases.revoke(id).catch(() => undefined);
  }

  async #commit({ writes, lease, expect }: Commit): Promise<void> {
    const placed = writes.map((one) => ({ ...one, key: `${this.below}${one.key}` }) as Write);
    const options = {
      expect: expect.map(({ key: name, of }) => this.#expected(`${this.below}${name}`, of)),
      ...(lease !== null && { lease: { id: this.#lease(lease) } }),
    };
    const committing = this.#store.commit(placed, options);
    const refusal = this.model.commit(placed, options);
    if (refusal === undefined) assert.equal(await committing, this.model.revision);
    else await assert.rejects(committing, refusal);
  }

  #expected(expectedKey: string, of: string) {
    const now = this.model.revisionOf(expectedKey);
    const revision = of === 'now' ? now : of === 'absent' ? 0 : now + 1;
    return { key: expectedKey, revision };
  }

  async #grant(): Promise<void> {
    const { id } = await this.#store.leases.grant(MODEL_TTL);
    this.#leases.push(id);
    this.model.granted(id);
  }

  async #renew(id: string): Promise<void> {
    const renewing = this.#store.leases.renew(id);
    if (this.model.isLive(id)) await renewing;
    else await assert.rejects(renewing, LeaseLostError);
  }

  async #revoke(id: string): Promise<void> {
    if (id === this.#leases[0]) return;
    await this.#store.leases.revoke(id);
    this.model.revoke(id);
  }

  #lease(at: number): string {
    return this.#leases[at % this.#leases.length] as string;
  }
}

/**
 * A batch as far as every store tells it alike: the deletions of a lease that has ended have no order among them, and a lease that
 * has ended before a watcher asks for how long it was granted cannot tell.
 */
function compared({ revision, changes }: Batch) {
  return { revision, changes: changes.toSorted(byKey).map(withoutTtl) };
}

function withoutTtl(change: Change): Change {
  if (change.kind === 'delete') return change;
  const { leaseTtl: _leaseTtl, ...entry } = change.entry;
  return { kind: 'put', entry };
}
