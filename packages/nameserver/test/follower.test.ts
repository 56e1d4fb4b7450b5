import assert from 'node:assert/strict';
import {
  type Batch,
  CompactedError,
  EmbeddedStore,
  type Listing,
  put,
  remove,
  type Store,
  StoreUnavailableError,
  type WatchListener,
} from '@callsign/catalog';
import { createLog } from '@callsign/daemon';
import { Follower, Zone } from '@callsign/nameserver';
import fc from 'fast-check';
import { eventually } from '../../../test/support/wait.ts';

const ZONE = { domains: ['docker.'], ttl: 30, negativeTtl: 5 };

function following(store: Store) {
  const published: Zone[] = [];
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line) });
  const follower = new Follower({ store, zone: ZONE, log, publish: (zone) => published.push(zone) });
  return { follower, published, lines };
}

/** A store that fails as it is told to; named a double, for real ones do not fail on command. */
function failing(
  listings: readonly (Listing | Error)[],
  watches: readonly (readonly Batch[] | Error)[],
): Store {
  let listed = 0;
  let watched = 0;
  const never = () => assert.fail('not asked for');
  return {
    list: never,
    pages: async function* () {
      const next = listings[Math.min(listed, listings.length - 1)] as Listing | Error;
      listed += 1;
      if (next instanceof Error) throw next;
      yield next;
    },
    watch: async function* (_prefix, _after, signal) {
      const next = watches[watched] ?? [];
      watched += 1;
      if (next instanceof Error) throw next;
      yield* next;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
    commit: never,
    grant: never,
    leases: { grant: never, renew: never, revoke: never },
    close: async () => undefined,
  };
}

describe('follower', () => {
  it('shows what the store holds, and every change after it', async () => {
    const store = await EmbeddedStore.open({});
    await put(store, 'docker/a', '{"host":"10.0.0.1"}');
    const { follower } = following(store);
    await follower.start();
    const second = await put(store, 'docker/b', '{"host":"10.0.0.2"}');
    assert.equal(await follower.reached(second, AbortSignal.timeout(30_000)), true);
    assert.equal(follower.zone?.size, 2);
    const third = await remove(store, 'docker/a');
    await follower.reached(third, AbortSignal.timeout(30_000));
    assert.deepEqual(
      follower.zone?.records().map(({ name }) => name),
      ['b.docker.'],
    );
    await follower.close();
    await store.close();
  });

  it('says so when a revision does not come in time', async () => {
    const { follower } = following(failing([{ revision: 1, entries: [] }], []));
    await follower.start();
    assert.equal(await follower.reached(9, AbortSignal.timeout(10)), false);
    await follower.close();
  });

  it('lists again after a compaction, without a word of alarm', async () => {
    const entry = { key: 'docker/a', value: '{"host":"10.0.0.1"}', revision: 5 };
    const { follower, published, lines } = following(
      failing(
        [
          { revision: 1, entries: [] },
          { revision: 5, entries: [entry] },
        ],
        [new CompactedError(1)],
      ),
    );
    await follower.start();
    await eventually(() => assert.equal(follower.zone?.size, 1));
    assert.equal(published.length, 2);
    assert.deepEqual(
      lines.filter((line) => line.includes('"warn"')),
      [],
    );
    await follower.close();
  });

  it('keeps the last zone through an outage, and says it once', async () => {
    const entry = { key: 'docker/a', value: '{"host":"10.0.0.1"}', revision: 1 };
    const away = ['5.000s', '4.999s', '5.001s'].map((ms) => new StoreUnavailableError(`no answer in ${ms}`));
    const listing = { revision: 1, entries: [entry] };
    const { follower, lines, published } = following(failing([listing, ...away, listing], away.slice(0, 1)));
    await follower.start();
    await eventually(() => assert.equal(published.length, 2));
    assert.equal(published[0]?.size, 1);
    const warnings = lines.filter((line) => line.includes('"warn"'));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /the last known zone is served/);
    await follower.close();
  });

  it('says that it has lost its store while it watches, and that it is found again', async () => {
    let told: WatchListener | undefined;
    const watch: Store['watch'] = async function* (_prefix, _after, signal, listener) {
      told = listener;
      yield* [];
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    };
    const { follower, lines } = following({ ...failing([{ revision: 1, entries: [] }], []), watch });
    const messages = () => lines.map((line) => JSON.parse(line).message);
    await follower.start();
    await eventually(() => assert.ok(told));
    assert.equal(follower.isFollowing, true);
    told?.lost(new StoreUnavailableError('etcd cannot be reached'));
    assert.equal(follower.isFollowing, false);
    assert.match(messages().at(-1), /the last known zone is served/);
    told?.found();
    assert.equal(follower.isFollowing, true);
    assert.match(messages().at(-1), /followed again/);
    await follower.close();
  });

  it('logs a value that cannot be served once, and counts it each time', async () => {
    const store = await EmbeddedStore.open({});
    const { follower, lines } = following(store);
    await follower.start();
    for (let times = 0; times < 3; times += 1) await put(store, 'docker/bad', '{"port":"x"}');
    await eventually(() => assert.equal(follower.refused, 3));
    assert.equal(lines.filter((line) => line.includes('cannot be served')).length, 1);
    await follower.close();
    await store.close();
  });
});

describe('zone changes', () => {
  it('come to the same as a zone built anew', () => {
    const key = fc.constantFrom(
      'docker/a',
      'docker/a/b',
      'docker/a/b/c',
      'docker/d',
      'docker/*',
      'arpa/x',
      'other/z',
    );
    const value = fc.constantFrom(
      '{"host":"10.0.0.1"}',
      '{"host":"10.0.0.2"}',
      '{"host":"a.docker"}',
      'garbage',
    );
    const change = fc.oneof(
      fc.record({ kind: fc.constant('delete' as const), key }),
      fc.record({
        kind: fc.constant('put' as const),
        entry: fc.record({ key, value, revision: fc.constant(1) }),
      }),
    );
    const options = { ...ZONE, onRefused: () => undefined };
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const changed = new Zone(options);
        const held = new Map<string, string>();
        for (const one of changes) {
          changed.apply({ revision: 2, changes: [one] });
          if (one.kind === 'put') held.set(one.entry.key, one.entry.value);
          else held.delete(one.key);
        }
        const entries = [...held].map(([name, content]) => ({ key: name, value: content, revision: 1 }));
        const built = Zone.of({ revision: 2, entries }, options);
        assert.deepEqual(shape(changed), shape(built));
        assert.equal(changed.size, built.size);
      }),
    );
  });
});

function shape(zone: Zone): string[] {
  return zone
    .records()
    .map(({ name, host }) => `${name} ${host}`)
    .toSorted();
}
