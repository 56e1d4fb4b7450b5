import assert from 'node:assert/strict';
import {
  CompactedError,
  ConflictError,
  LeaseLostError,
  MAX_WRITES,
  put,
  remove,
  StoreCallError,
  StoreClosedError,
  type Write,
} from '@callsign/catalog';
import { describeAnySequence } from './any-sequence.ts';
import {
  byKey,
  churn,
  hasKey,
  inGroups,
  keysOf,
  type MakeRig,
  type Rig,
  replay,
  SHORT,
  state,
  useScene,
} from './scene.ts';

/** What every store promises (DESIGN.md, 3). */
export function describeStoreContract(name: string, makeRig: MakeRig<Rig>): void {
  describe(`${name}: the store’s contract`, () => {
    const scene = useScene(makeRig);

    describe('entries', () => {
      it('lists what is below a prefix, ordered by key, with the revision of each', async () => {
        const store = await scene.open();
        const second = await put(store, `${scene.below}b`, 'two');
        const first = await put(store, `${scene.below}a`, 'one');
        await put(store, `other${scene.below}c`, 'three');
        const { revision, entries } = await store.list(scene.below);
        assert.ok(revision >= first);
        assert.deepEqual(entries, [
          { key: `${scene.below}a`, value: 'one', revision: first },
          { key: `${scene.below}b`, value: 'two', revision: second },
        ]);
      });

      it('keeps any text', async () => {
        const store = await scene.open();
        const follower = scene.follow(store, (await store.list(scene.below)).revision);
        const values = [
          '',
          '{"text":"ü \u{1f600} \u0000 \\n"}',
          '\n\ndata: x\n\n',
          'a\u2028b\u2029c\u0085d\r',
          'x'.repeat(64 << 10),
        ];
        await store.commit(values.map((value, at) => ({ kind: 'put', key: `${scene.below}k${at}`, value })));
        const { entries } = await store.list(scene.below);
        assert.deepEqual(
          entries.map(({ value }) => value),
          values,
        );
        const [batch] = await follower.until(({ length }) => length === 1);
        assert.deepEqual(
          batch?.changes,
          entries.map((entry) => ({ kind: 'put', entry })),
        );
      });

      it('lists thousands at one revision', async () => {
        const store = await scene.open();
        const keys = Array.from(
          { length: 2_500 },
          (_, at) => `${scene.below}k${String(at).padStart(4, '0')}`,
        );
        await Promise.all(
          inGroups(keys.map((key) => ({ kind: 'put', key, value: key }))).map((g) => store.commit(g)),
        );
        const { revision, entries } = await store.list(scene.below);
        assert.deepEqual(
          entries.map(({ key }) => key),
          keys,
        );
        const pages = await Array.fromAsync(store.pages(scene.below));
        assert.ok(pages.length > 1);
        assert.deepEqual(new Set(pages.map((page) => page.revision)), new Set([revision]));
        assert.deepEqual(
          pages.flatMap((page) => page.entries),
          entries,
        );
      });

      it('gives no revision to what changes nothing', async () => {
        const store = await scene.open();
        const revision = await put(store, `${scene.below}a`, '1');
        assert.equal(await remove(store, `${scene.below}absent`), revision);
        assert.equal(await store.commit([]), revision);
      });

      it('refuses too many writes and one key twice', async () => {
        const store = await scene.open();
        const write: Write = { kind: 'put', key: `${scene.below}a`, value: '1' };
        const many = Array.from({ length: MAX_WRITES + 1 }, (_, at) => ({
          ...write,
          key: `${scene.below}k${at}`,
        }));
        await assert.rejects(store.commit([write, write]), StoreCallError);
        await assert.rejects(store.commit(many), StoreCallError);
        assert.deepEqual((await store.list(scene.below)).entries, []);
      });
    });

    describe('expectations', () => {
      it('commits when they are met: a revision, or absence', async () => {
        const store = await scene.open();
        const key = `${scene.below}a`;
        const revision = await put(store, key, '1', { expect: [{ key, revision: 0 }] });
        await put(store, key, '2', { expect: [{ key, revision }] });
        assert.equal((await store.list(scene.below)).entries[0]?.value, '2');
      });

      it('makes none of the writes when one is not met, and names the key', async () => {
        const store = await scene.open();
        const key = `${scene.below}a`;
        const revision = await put(store, key, '1');
        const writes: Write[] = [
          { kind: 'put', key: `${scene.below}b`, value: '2' },
          { kind: 'delete', key },
        ];
        for (const expected of [0, revision - 1, revision + 1]) {
          const expect = [{ key, revision: expected }];
          await assert.rejects(
            store.commit(writes, { expect }),
            (error) =>
              error instanceof ConflictError && error.message.includes(`${key}" is at revision ${revision}`),
          );
        }
        assert.deepEqual(keysOf(await store.list(scene.below)), [key]);
      });

      it('lets one of two win', async () => {
        const [one, two] = [await scene.open(), await scene.open()];
        const expect = [{ key: `${scene.below}a`, revision: 0 }];
        const results = await Promise.allSettled([
          put(one, `${scene.below}a`, '1', { expect }),
          put(two, `${scene.below}a`, '2', { expect }),
        ]);
        const won = results.filter(({ status }) => status === 'fulfilled');
        assert.equal(won.length, 1);
      });
    });

    describe('watch', () => {
      it('tells every change after a revision, one batch a revision, in order', async () => {
        const store = await scene.open();
        const after = (await store.list(scene.below)).revision;
        const follower = scene.follow(store, after);
        const revisions: number[] = [];
        for (let at = 0; at < 100; at += 1)
          revisions.push(await put(store, `${scene.below}k${at % 7}`, String(at)));
        await follower.until((batches) => batches.length === 100);
        assert.deepEqual(
          follower.batches.map(({ revision }) => revision),
          revisions,
        );
        assert.deepEqual(
          follower.batches.map(({ changes }) => changes[0]?.kind === 'put' && changes[0].entry.value),
          revisions.map((_, at) => String(at)),
        );
      });

      it('tells a commit whole, its writes in their order', async () => {
        const store = await scene.open();
        await put(store, `${scene.below}k5`, 'old');
        const follower = scene.follow(store, (await store.list(scene.below)).revision);
        const keys = Array.from({ length: 100 }, (_, at) => `${scene.below}k${(at * 37) % 100}`);
        const revision = await store.commit(
          keys.map((key) =>
            key === `${scene.below}k5` ? { kind: 'delete', key } : { kind: 'put', key, value: 'new' },
          ),
        );
        const [batch] = await follower.until((batches) => batches.length === 1);
        assert.equal(batch?.revision, revision);
        assert.deepEqual(
          batch?.changes.map((change) => (change.kind === 'put' ? change.entry.key : `-${change.key}`)),
          keys.map((key) => (key === `${scene.below}k5` ? `-${key}` : key)),
        );
      });

      it('keeps what is not below the prefix to itself', async () => {
        const store = await scene.open();
        const follower = scene.follow(store, (await store.list(scene.below)).revision);
        await store.commit([
          { kind: 'put', key: `other${scene.below}a`, value: '1' },
          { kind: 'put', key: `${scene.below}a`, value: '1' },
        ]);
        await put(store, `other${scene.below}a`, '2');
        await put(store, `${scene.below}a`, '2');
        const batches = await follower.until(({ length }) => length === 2);
        assert.deepEqual(
          batches.flatMap(({ changes }) =>
            changes.map((change) => change.kind === 'put' && change.entry.key),
          ),
          [`${scene.below}a`, `${scene.below}a`],
        );
      });

      it('has no gap after a list while others write', async () => {
        const [reader, writer] = [await scene.open(), await scene.open()];
        const writing = churn(writer, scene.below, 500);
        const readings = [];
        for (let reading = 0; reading < 5; reading += 1) {
          const listing = await reader.list(scene.below);
          readings.push({ listing, follower: scene.follow(reader, listing.revision) });
        }
        await writing;
        await put(writer, `${scene.below}last`, '1');
        const end = state(await writer.list(scene.below));
        for (const { listing, follower } of readings) {
          await follower.until((batches) => hasKey(batches.slice(-1), `${scene.below}last`));
          assert.deepEqual(replay(listing, follower.batches), end);
        }
      });

      it('catches up with what it missed', async () => {
        const store = await scene.open();
        const after = (await store.list(scene.below)).revision;
        await churn(store, scene.below, 1_000);
        const follower = scene.follow(store, after);
        await follower.until(({ length }) => length === 1_000);
        assert.deepEqual(
          replay({ revision: after, entries: [] }, follower.batches),
          state(await store.list(scene.below)),
        );
      });

      it('reports a compaction', async () => {
        const store = await scene.open();
        const after = (await store.list(scene.below)).revision;
        await churn(store, scene.below, 10);
        await scene.rig.compact();
        await assert.rejects(scene.follow(store, after).end, CompactedError);
      });

      it('reports a revision that the store never had', async () => {
        const store = await scene.open();
        const { revision } = await store.list('');
        await assert.rejects(scene.follow(store, revision + 1_000_000).end, CompactedError);
      });

      it('ends when its signal fires, even before it began', async () => {
        const store = await scene.open();
        const { revision } = await store.list(scene.below);
        const follower = scene.follow(store, revision);
        await put(store, `${scene.below}a`, '1');
        await follower.until(({ length }) => length === 1);
        scene.stop();
        await follower.end;
        await scene.follow(store, revision).end;
      });
    });

    describe('leases', () => {
      it('delete their entries as an ordinary change when they end, and not while they are kept', async () => {
        const store = await scene.open();
        const kept = await store.grant(SHORT, SHORT / 4);
        const { id } = await store.leases.grant(SHORT);
        await put(store, `${scene.below}kept`, '1', { lease: kept });
        const follower = scene.follow(store, await put(store, `${scene.below}plain`, '1'));
        await store.commit(
          ['a', 'b'].map((label) => ({ kind: 'put', key: `${scene.below}${label}`, value: '1' })),
          { lease: { id } },
        );
        const batches = await follower.until(({ length }) => length === 2);
        const deletion = batches.at(-1)?.changes.toSorted(byKey);
        assert.deepEqual(deletion, [
          { kind: 'delete', key: `${scene.below}a` },
          { kind: 'delete', key: `${scene.below}b` },
        ]);
        const listing = await store.list(scene.below);
        assert.deepEqual(keysOf(listing), [`${scene.below}kept`, `${scene.below}plain`]);
        assert.ok(listing.revision >= (batches.at(-1)?.revision ?? Number.NaN));
      });

      it('are told by the seconds that they were granted for', async () => {
        const store = await scene.open();
        const lease = await store.grant(30, 10);
        assert.ok(lease.ttl >= 30);
        const follower = scene.follow(store, await put(store, `${scene.below}a`, '1'));
        await put(store, `${scene.below}b`, '1', { lease });
        const [batch] = await follower.until(({ length }) => length === 1);
        const expected = (await store.list(scene.below)).entries.find(({ key }) => key === `${scene.below}b`);
        assert.equal(expected?.leaseTtl, lease.ttl);
        assert.deepEqual(batch?.changes, [{ kind: 'put', entry: expected }]);
        await put(store, `${scene.below}b`, '2');
        const [, entry] = (await store.list(scene.below)).entries;
        assert.equal(entry?.leaseTtl, undefined, 'a put without a lease leaves the lease');
        await lease.revoke();
      });

      it('leave their entries until their time is over when they are released', async () => {
        const store = await scene.open();
        const lease = await store.grant(SHORT, SHORT / 4);
        const follower = scene.follow(store, await put(store, `${scene.below}a`, '1', { lease }));
        await lease.release();
        assert.deepEqual(keysOf(await store.list(scene.below)), [`${scene.below}a`]);
        await follower.until(({ length }) => length === 1);
      });

      it('take their entries along at once when they are revoked', async () => {
        const store = await scene.open();
        const lease = await store.grant(60, 20);
        await put(store, `${scene.below}a`, '1', { lease });
        await lease.revoke();
        assert.deepEqual(keysOf(await store.list(scene.below)), []);
        await lease.revoke();
      });

      it('leave alone what was put anew without them, or with another', async () => {
        const store = await scene.open();
        const [lease, other] = [await store.grant(60, 20), await store.grant(60, 20)];
        for (const label of ['plain', 'other', 'removed', 'kept'])
          await put(store, `${scene.below}${label}`, '1', { lease });
        await put(store, `${scene.below}plain`, '2');
        await put(store, `${scene.below}other`, '2', { lease: other });
        await remove(store, `${scene.below}removed`);
        await put(store, `${scene.below}removed`, '2');
        await lease.revoke();
        const left = ['other', 'plain', 'removed'].map((label) => `${scene.below}${label}`);
        assert.deepEqual(keysOf(await store.list(scene.below)), left);
        await other.revoke();
      });

      it('say that they are lost, and take no more entries', async () => {
        const [owner, other] = [await scene.open(), await scene.open()];
        const lease = await owner.grant(60, 0.05);
        await other.leases.revoke(lease.id);
        assert.ok((await lease.lost) instanceof LeaseLostError);
        await assert.rejects(put(owner, `${scene.below}a`, '1', { lease }), LeaseLostError);
        await assert.rejects(owner.leases.renew(lease.id), LeaseLostError);
        assert.deepEqual(keysOf(await owner.list(scene.below)), []);
      });

      it('are not taken for one of another store', async () => {
        const store = await scene.open();
        for (const id of ['1234567', 'abcdef', '0']) {
          await assert.rejects(store.leases.renew(id), LeaseLostError);
          await assert.rejects(put(store, `${scene.below}a`, '1', { lease: { id } }), LeaseLostError);
        }
      });

      it('must be renewed within their time', async () => {
        const store = await scene.open();
        await assert.rejects(store.grant(10, 10), StoreCallError);
        await assert.rejects(store.grant(0, 0), StoreCallError);
        await assert.rejects(store.leases.grant(1.5), StoreCallError);
      });
    });

    describe('as a whole', () => describeAnySequence(scene));

    describe('close', () => {
      it('ends every watch, may be repeated, and leaves nothing to call', async () => {
        const store = await scene.rig.openAlone();
        const follower = scene.follow(store, await put(store, `${scene.below}a`, '1'));
        const lease = await store.grant(SHORT, SHORT / 4);
        await put(store, `${scene.below}a`, '2');
        await follower.until(({ length }) => length === 1);
        await Promise.all([store.close(), store.close()]);
        await store.close();
        await follower.end;
        await assert.rejects(store.list(scene.below), StoreClosedError);
        await assert.rejects(put(store, `${scene.below}a`, '3'), StoreClosedError);
        await assert.rejects(store.grant(10, 1), StoreClosedError);
        await lease.release();
      });
    });
  });
}
