import assert from 'node:assert/strict';
import { EmbeddedStore, LeaseLostError, StoreUnavailableError } from '@callsign/catalog';
import { silentLog } from '@callsign/daemon';
import { Metrics } from '@callsign/daemon/metrics';
import { registrarMetrics } from '../../src/metrics.ts';
import { LeaseKeeper } from '../../src/publish/lease-keeper.ts';

describe('the one lease of a registrar', () => {
  let store: EmbeddedStore;
  let losses: number;

  /** @param failures how often the store is away before it grants a lease */
  function keeping(failures = 0): LeaseKeeper {
    let left = failures;
    const grant: EmbeddedStore['grant'] = (ttl, beat) => {
      left -= 1;
      return left < 0 ? store.grant(ttl, beat) : Promise.reject(new StoreUnavailableError('away'));
    };
    const onLost = () => {
      losses += 1;
    };
    const watched = { log: silentLog, metrics: registrarMetrics(new Metrics()), onLost };
    return new LeaseKeeper({ store: { grant }, ttl: 30, beat: 10, ...watched });
  }

  beforeEach(async () => {
    store = await EmbeddedStore.open();
    losses = 0;
  });
  afterEach(() => store.close());

  it('is granted once, however many ask for it', async () => {
    const keeper = keeping();
    const [one, other] = await Promise.all([keeper.hold(), keeper.hold()]);
    assert.equal(one, other);
  });

  it('is asked for anew when the store was away', async () => {
    const keeper = keeping(1);
    await assert.rejects(keeper.hold(), StoreUnavailableError);
    assert.match((await keeper.hold()).id, /./);
  });

  it('is replaced when it is lost, and not for the loss of an earlier one', async () => {
    const keeper = keeping();
    const first = await keeper.hold();
    await keeper.lost(first.id, new LeaseLostError(first.id));
    const second = await keeper.hold();
    assert.notEqual(second.id, first.id);
    await keeper.lost(first.id, new LeaseLostError(first.id));
    assert.equal(await keeper.hold(), second);
    assert.equal(losses, 1);
  });
});
