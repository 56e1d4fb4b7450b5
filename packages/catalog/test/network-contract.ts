import assert from 'node:assert/strict';
import { type Batch, CompactedError, LeaseLostError, put, StoreUnavailableError } from '@callsign/catalog';
import { eventually } from '../../../test/support/wait.ts';
import { assertFollowed, churn, type MakeRig, type NetworkRig, SHORT, useScene } from './scene.ts';

/** What a store promises of a network that breaks. */
export function describeNetworkContract(name: string, makeRig: MakeRig<NetworkRig>): void {
  describe(`${name}: a broken network`, () => {
    const scene = useScene(makeRig);
    const openThrough = () => scene.keep(scene.rig.openThrough());

    afterEach(() => scene.rig.network.heal());

    it('costs a watch no change and tells none twice', async () => {
      const [writer, reader] = [await scene.open(), await openThrough()];
      const after = (await writer.list(scene.below)).revision;
      const follower = scene.follow(reader, after);
      for (let cut = 1; cut <= 3; cut += 1) {
        await churn(writer, scene.below, 20);
        await follower.until(({ length }) => length >= 40 * (cut - 1) + 1);
        scene.rig.network.cut();
        await churn(writer, scene.below, 20);
        scene.rig.network.heal();
      }
      await follower.until(({ length }) => length >= 120);
      assertFollowed(follower.batches, await writer.list(scene.below), after, 120);
    });

    it('may break twice while a watch catches up', async () => {
      const [writer, reader] = [await scene.open(), await openThrough()];
      const after = (await writer.list(scene.below)).revision;
      await churn(writer, scene.below, 2_500, 4_000);
      // Read one by one: at each cut most of the changes are still on their way.
      const watch = reader.watch(scene.below, after, AbortSignal.timeout(100_000))[Symbol.asyncIterator]();
      const batches = await take(watch, 1);
      for (const more of [1_200, 1_299]) {
        scene.rig.network.cut();
        await put(writer, `${scene.below}late`, String(more));
        scene.rig.network.heal();
        batches.push(...(await take(watch, more)));
      }
      batches.push(...(await take(watch, 2)));
      assertFollowed(batches, await writer.list(scene.below), after, 2_502);
    }).timeout(120_000);

    it('is noticed when it only falls silent', async () => {
      const [writer, reader] = [await scene.open(), await openThrough()];
      const follower = scene.follow(reader, await put(writer, `${scene.below}a`, '1'));
      await put(writer, `${scene.below}a`, '2');
      await follower.until(({ length }) => length === 1);
      scene.rig.network.stall();
      await put(writer, `${scene.below}a`, '3');
      scene.rig.network.heal();
      await put(writer, `${scene.below}a`, '4');
      await follower.until(({ length }) => length === 3);
      assert.deepEqual(
        follower.batches.map(({ changes }) => changes[0]?.kind === 'put' && changes[0].entry.value),
        ['2', '3', '4'],
      );
    });

    it('does not hide a compaction', async () => {
      const [writer, reader] = [await scene.open(), await openThrough()];
      const follower = scene.follow(reader, await put(writer, `${scene.below}a`, '1'));
      await put(writer, `${scene.below}a`, '2');
      await follower.until(({ length }) => length === 1);
      scene.rig.network.cut();
      await churn(writer, scene.below, 10);
      await scene.rig.compact();
      scene.rig.network.heal();
      await assert.rejects(follower.end, CompactedError);
    });

    for (const how of ['cut', 'stall'] as const) {
      it(`fails calls in bounded time (${how}) and serves them again afterwards`, async () => {
        const store = await openThrough();
        await put(store, `${scene.below}a`, '1');
        scene.rig.network[how]();
        await assert.rejects(store.list(scene.below), StoreUnavailableError);
        await assert.rejects(put(store, `${scene.below}b`, '1'), StoreUnavailableError);
        scene.rig.network.heal();
        const listing = await eventually(() => store.list(scene.below));
        assert.equal(listing.entries[0]?.value, '1');
      });
    }

    it('loses a lease only when it lasts longer than that', async () => {
      const store = await openThrough();
      const [short, long] = [await store.grant(SHORT, SHORT / 4), await store.grant(60, 0.1)];
      scene.rig.network.cut();
      assert.ok((await short.lost) instanceof LeaseLostError);
      scene.rig.network.heal();
      await eventually(() => store.leases.renew(long.id));
      await put(store, `${scene.below}a`, '1', { lease: long });
      await long.revoke();
    });

    it('does not keep a watch from ending', async () => {
      const store = await openThrough();
      const { revision } = await store.list(scene.below);
      const follower = scene.follow(store, revision);
      scene.rig.network.cut();
      scene.stop();
      await follower.end;
    });
  });
}

async function take(watch: AsyncIterator<Batch>, count: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let at = 0; at < count; at += 1) batches.push((await watch.next()).value);
  return batches;
}
