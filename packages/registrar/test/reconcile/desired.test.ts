import assert from 'node:assert/strict';
import { type Clock, silentLog, systemClock } from '@callsign/daemon';
import { Metrics } from '@callsign/daemon/metrics';
import { ManualClock } from '../../../../test/support/clock.ts';
import { ContainerTraces } from '../../src/container-traces.ts';
import { registrarMetrics } from '../../src/metrics.ts';
import { PluginError } from '../../src/plugins/errors.ts';
import type { PluginResult } from '../../src/plugins/host.ts';
import { DesiredRecords } from '../../src/reconcile/desired.ts';
import { snapshot } from '../containers.ts';
import { draft } from '../drafts.ts';

const NEVER = new AbortController().signal;
describe('desired records', () => {
  function desiredBy(
    run: () => Promise<PluginResult | undefined>,
    clock: Clock = systemClock,
  ): DesiredRecords {
    const identity = { node: 'n', region: 'r', environment: 'e', domain: 'docker.', ttl: 30 };
    const metrics = registrarMetrics(new Metrics());
    const watched = { log: silentLog, metrics, traces: new ContainerTraces() };
    return new DesiredRecords({ plugins: { run }, identity, clock, ...watched });
  }

  it('asks for the same container once, and again when it has changed', async () => {
    let calls = 0;
    const desired = desiredBy(async () => {
      calls += 1;
      return { plugin: 'p.js', shipped: false, drafts: [draft()] };
    });
    const first = await desired.of(snapshot(), NEVER);
    assert.equal(await desired.of(snapshot(), NEVER), first);
    assert.equal(calls, 1);
    await desired.of(snapshot({ Name: '/other' }), NEVER);
    assert.equal(calls, 2);
    desired.forget(snapshot().id);
    await desired.of(snapshot(), NEVER);
    assert.equal(calls, 3);
  });

  it('asks other plugins for a container that is as it was', async () => {
    let calls = 0;
    const desired = desiredBy(async () => {
      calls += 1;
      return { plugin: `${calls}.js`, shipped: false, drafts: [draft()] };
    });
    await desired.of(snapshot(), NEVER);
    desired.replan();
    await desired.of(snapshot(), NEVER);
    await desired.of(snapshot(), NEVER);
    assert.equal(calls, 2);
  });

  it('asks a plugin that fails again after half a minute, then ever more seldom, and once an hour at last', async () => {
    const clock = new ManualClock();
    const desired = desiredBy(() => Promise.reject(new PluginError('p.js', 'threw', 'no')), clock);
    for (const seconds of [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]) {
      await desired.of(snapshot(), NEVER);
      await clock.advance(seconds * 1_000 - 1);
      assert.deepEqual(desired.due(), [], `before ${seconds} seconds`);
      await clock.advance(1);
      assert.deepEqual(desired.due(), [snapshot().id], `after ${seconds} seconds`);
    }
  });

  it('says that it does not know, rather than that there are none, when no plugin can be run', async () => {
    const desired = desiredBy(async () => {
      throw new PluginError('p.js', 'unloadable', 'cannot be loaded: the machine has no memory left');
    });
    await assert.rejects(desired.of(snapshot(), NEVER), { code: 'PLUGIN_FAILED' });
    assert.deepEqual(
      desired.states().map(([count]) => count),
      [0, 0, 0],
    );
  });

  it('does not blame a container for a plugin that was ended on closing', async () => {
    const stop = new AbortController();
    const desired = desiredBy(async () => {
      stop.abort();
      throw new PluginError('p.js', 'died', 'its process ended');
    });
    await assert.rejects(desired.of(snapshot(), stop.signal), { name: 'AbortError' });
  });
});
