import assert from 'node:assert/strict';
import { BUSYBOX, DOCKER, IP, PODMAN, RUNC, requireParts } from '../../../../test/support/parts.ts';
import { Podman } from '../../../../test/support/podman.ts';
import { eventually } from '../../../../test/support/wait.ts';
import { addressOf, networkOwner } from '../../src/engine/container-address.ts';
import { DockerEngine } from '../../src/engine/docker.ts';
import type { ContainerEvent } from '../../src/engine/engine.ts';

const NEVER = new AbortController().signal;
const RULE = { networks: [], hostAddress: '192.0.2.1' };

describe('Podman by Docker’s API', function () {
  this.timeout(120_000);
  let podman: Podman;
  let engine: DockerEngine;

  before(async function () {
    requireParts(this, BUSYBOX, DOCKER, IP, PODMAN, RUNC);
    podman = await Podman.start();
    await podman.importImage('web', 'EXPOSE 80', 'LABEL team=blue');
    engine = new DockerEngine({ kind: 'socket', path: podman.socket });
  });
  afterEach(() => podman.empty());
  after(() => podman?.stop());

  it('tells of a container’s life, and what it is', async () => {
    const stop = new AbortController();
    const heard: ContainerEvent[] = [];
    const listening = collect(await engine.subscribe(stop.signal), heard);
    const id = await podman.run('one', 'web');
    const found = await engine.inspect(id, NEVER);
    assert.ok(found);
    assert.deepEqual(
      [found.id, found.name, found.running, found.health, found.stopSignal, found.labels.team],
      [id, '/one', true, 'none', 15, 'blue'],
    );
    assert.match(found.image, /\bweb\b/);
    assert.deepEqual(Object.keys(found.ports), ['80/tcp']);
    assert.match(addressOf(found, RULE)?.ip ?? '', /^10\.88\./);
    assert.deepEqual(
      (await engine.list(NEVER)).map((each) => each.id),
      [id],
    );
    await podman.docker('pause', 'one');
    assert.equal((await engine.inspect(id, NEVER))?.running, false);
    await podman.docker('unpause', 'one');
    await podman.docker('kill', '--signal', 'KILL', 'one');
    await eventually(() => {
      const actions = heard.filter(({ container }) => container === id).map(({ action }) => action);
      for (const action of ['start', 'pause', 'unpause', 'die'])
        assert.ok(actions.includes(action), actions.join());
    });
    stop.abort();
    await assert.rejects(listening, { name: 'AbortError' });
    assert.equal((await engine.inspect(id, NEVER))?.running, false);
    await podman.docker('rm', 'one');
    assert.equal(await engine.inspect(id, NEVER), undefined);
  });

  it('tells of a container that joins and leaves a network', async () => {
    const stop = new AbortController();
    const heard: ContainerEvent[] = [];
    const listening = collect(await engine.subscribe(stop.signal), heard);
    await podman.docker('network', 'create', 'side');
    const id = await podman.run('joins', 'web');
    await podman.docker('network', 'connect', 'side', 'joins');
    await podman.docker('network', 'disconnect', 'side', 'joins');
    await eventually(() => {
      const actions = heard.filter(({ container }) => container === id).map(({ action }) => action);
      assert.ok(actions.includes('connect') && actions.includes('disconnect'), actions.join());
    });
    stop.abort();
    await assert.rejects(listening, { name: 'AbortError' });
  });

  it('shows a container on the host’s network, and one on another’s', async () => {
    const host = await engine.inspect(await podman.run('host', 'web', '--network', 'host'), NEVER);
    assert.equal(host && addressOf(host, RULE)?.ip, '192.0.2.1');
    const owner = await podman.run('owner', 'web');
    const sharer = await engine.inspect(
      await podman.run('sharer', 'web', '--network', `container:${owner}`),
      NEVER,
    );
    assert.equal(sharer && networkOwner(sharer), owner);
  });

  it('shows a container in a network that has IPv6 alone', async () => {
    await podman.docker('network', 'create', '--subnet', 'fd42:ca11:519::/64', 'six');
    const id = await podman.run('only', 'web', '--network', 'six');
    const found = await engine.inspect(id, NEVER);
    const ip = await podman.docker(
      'exec',
      'only',
      'busybox',
      'ip',
      '-6',
      '-oneline',
      'address',
      'show',
      'scope',
      'global',
    );
    assert.ok(found);
    assert.deepEqual(addressOf(found, RULE), { ip: /fd42:[^/]+/.exec(ip)?.[0], ipv6: '', network: 'six' });
  });
});

async function collect(events: AsyncIterable<ContainerEvent>, heard: ContainerEvent[]): Promise<void> {
  for await (const event of events) heard.push(event);
}
