import assert from 'node:assert/strict';
import { LeaseLostError, type Leases, StoreCallError, StoreUnavailableError } from '@callsign/catalog';
import { ManualClock } from '../../../test/support/clock.ts';
import { keepLease } from '../src/kept-lease.ts';

describe('a kept lease', () => {
  let clock: ManualClock;
  let closed: AbortController;
  /** When each renewal was asked for, in seconds. */
  let renewals: number[];
  let renew: () => Promise<void>;
  /** How long the store takes to grant one, in milliseconds. */
  let granting: number;

  const leases: Leases = {
    grant: async (ttl) => {
      if (granting > 0) await clock.sleep(granting);
      return { id: 'a', ttl };
    },
    renew: () => {
      renewals.push(clock.monotonic() / 1_000);
      return renew();
    },
    revoke: async () => undefined,
  };
  const keep = () => keepLease(leases, 30, { beat: 10, clock, signal: closed.signal });

  beforeEach(() => {
    clock = new ManualClock();
    closed = new AbortController();
    renewals = [];
    granting = 0;
    renew = async () => undefined;
  });
  afterEach(() => closed.abort());

  it('is renewed every beat', async () => {
    await keep();
    await clock.advance(35_000);
    assert.deepEqual(renewals, [10, 20, 30]);
  });

  it('is tried again much sooner than the next beat after a failure', async () => {
    await keep();
    renew = async () => {
      renew = async () => undefined;
      throw new StoreUnavailableError('away');
    };
    await clock.advance(11_000);
    assert.equal(renewals.length, 2);
    await clock.advance(10_000);
    assert.equal(renewals.length, 3);
  });

  for (const [what, failing] of [
    ['fails', () => Promise.reject(new StoreUnavailableError('away'))],
    ['does not answer', () => new Promise<void>(() => undefined)],
  ] as const) {
    it(`is lost when its time is over while the store ${what}`, async () => {
      const lease = await keep();
      const lost = heard(lease.lost);
      await clock.advance(10_500);
      renew = failing;
      await clock.advance(29_499);
      assert.equal(lost(), undefined);
      await clock.advance(1);
      assert.ok(lost() instanceof LeaseLostError);
      const asked = renewals.length;
      await clock.advance(60_000);
      assert.equal(renewals.length, asked);
    });
  }

  for (const [what, slow] of [
    [
      'granted',
      async () => {
        granting = 4_000;
        const lease = keep();
        await clock.advance(4_000);
        renew = () => Promise.reject(new StoreUnavailableError('away'));
        return await lease;
      },
    ],
    [
      'renewed',
      async () => {
        const lease = await keep();
        renew = () => clock.sleep(4_000);
        await clock.advance(14_000);
        renew = () => Promise.reject(new StoreUnavailableError('away'));
        return lease;
      },
    ],
  ] as const) {
    it(`runs from when it was asked to be ${what}, not from when the store has answered`, async () => {
      const lost = heard((await slow()).lost);
      await clock.advance(25_999);
      assert.equal(lost(), undefined);
      await clock.advance(1);
      assert.ok(lost() instanceof LeaseLostError);
    });
  }

  it('is tried again less and less often while the store fails, and soon again when it fails anew', async () => {
    await keep();
    const fails = () => Promise.reject(new StoreUnavailableError('away'));
    renew = fails;
    await clock.advance(25_000);
    assert.ok(renewals.length >= 15 && renewals.length <= 36, `${renewals.length} in 15 seconds`);
    renew = async () => undefined;
    await clock.advance(1_000);
    renew = fails;
    const before = renewals.length;
    const nextBeat = (renewals.at(-1) as number) * 1_000 + 10_000;
    await clock.advance(nextBeat + 400 - clock.monotonic());
    assert.ok(renewals.length >= before + 3, `${renewals.length - before} in 0.4 seconds`);
  });

  for (const beat of [0, -1, 30, 31, Number.NaN]) {
    it(`of 30 seconds cannot be renewed every ${beat}`, async () => {
      await assert.rejects(keepLease(leases, 30, { beat, clock, signal: closed.signal }), StoreCallError);
    });
  }

  it('is lost at once when the store says so', async () => {
    const lost = heard((await keep()).lost);
    renew = () => Promise.reject(new LeaseLostError('a'));
    await clock.advance(10_000);
    assert.ok(lost() instanceof LeaseLostError);
  });

  for (const end of ['release', 'revoke', 'close'] as const) {
    it(`is neither renewed nor lost after ${end}`, async () => {
      const lease = await keep();
      const lost = heard(lease.lost);
      if (end === 'close') closed.abort();
      else await lease[end]();
      await clock.advance(60_000);
      assert.deepEqual(renewals, []);
      assert.equal(lost(), undefined);
      assert.equal(clock.sleeping, 0);
    });
  }
});

/** Tells why the lease was lost, if it was. */
function heard(lost: Promise<Error>): () => Error | undefined {
  let told: Error | undefined;
  void lost.then((reason) => {
    told = reason;
  });
  return () => told;
}
