import assert from 'node:assert/strict';
import { LeaseLostError, type Leases, StoreUnavailableError } from '@callsign/catalog';
import { ManualClock } from '../../../test/support/clock.ts';
import { keepLease } from '../src/kept-lease.ts';

describe('a kept lease', () => {
  let clock: ManualClock;
  let closed: AbortController;
  /** When each renewal was asked for, in seconds. */
  let renewals: number[];
  let renew: () => Promise<void>;

  const leases: Leases = {
    grant: async (ttl) => ({ id: 'a', ttl }),
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
      await clock.advance(29_000);
      assert.equal(lost(), undefined);
      await clock.advance(1_000);
      assert.ok(lost() instanceof LeaseLostError);
      const asked = renewals.length;
      await clock.advance(60_000);
      assert.equal(renewals.length, asked);
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
