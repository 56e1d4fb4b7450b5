import assert from 'node:assert/strict';
import { readContainer } from '../../src/engine/snapshot.ts';
import { pluginContainer } from '../../src/plugins/container.ts';
import { inspectDocument, snapshot } from '../containers.ts';

describe('container snapshot', () => {
  for (const [state, running] of [
    [{ Running: true }, true],
    [{ Running: true, Paused: true }, false],
    [{ Running: true, Restarting: true }, false],
    [{ Running: false }, false],
    ['running', false],
    [null, false],
  ] as const) {
    it(`with the state ${JSON.stringify(state)} ${running ? 'answers' : 'does not answer'}`, () => {
      assert.equal(snapshot({ State: state }).running, running);
    });
  }

  for (const document of [
    undefined,
    null,
    'text',
    [],
    {},
    { Config: null, NetworkSettings: [] },
    { Id: 5 },
  ]) {
    it(`reads ${JSON.stringify(document)} without falling over`, () => {
      const { env, labels, ports, networks, health } = readContainer(document);
      assert.deepEqual(
        { env, labels, ports, networks, health },
        {
          env: [],
          labels: {},
          ports: {},
          networks: {},
          health: 'none',
        },
      );
    });
  }

  for (const [state, health] of [
    [{ Health: { Status: 'healthy' } }, 'healthy'],
    [{ Health: { Status: 'starting' } }, 'starting'],
    [{ Healthcheck: { Status: 'unhealthy' } }, 'unhealthy'],
    [{ Health: { Status: '' } }, 'none'],
    [{ Health: null }, 'none'],
    [{}, 'none'],
  ] as const) {
    it(`with the state ${JSON.stringify(state)} has the health ${health}`, () => {
      assert.equal(snapshot({ State: state }).health, health);
    });
  }

  for (const [signal, number] of [
    [undefined, 15],
    ['', 15],
    ['nonsense', 15],
    ['SIGQUIT', 3],
    ['quit', 3],
    ['9', 9],
    ['SIGRTMIN+3', 37],
    ['RTMAX-1', 63],
  ] as const) {
    it(`with the stop signal ${signal} is asked to stop by signal ${number}`, () => {
      assert.equal(snapshot({ Config: { StopSignal: signal } }).stopSignal, number);
    });
  }

  it('has the ports that its image exposes where its network tells of none', () => {
    const { ports } = snapshot({
      Config: { ExposedPorts: { '80/tcp': {}, '53/udp': {} } },
      NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } },
    });
    assert.deepEqual(ports, { '80/tcp': [{ HostIp: '', HostPort: '8080' }], '53/udp': null });
  });

  it('reads ten thousand ports and a megabyte of environment', () => {
    const many = Array.from({ length: 10_000 }, (_, port) => [`${port + 1}/tcp`, null] as const);
    const { ports, env } = snapshot({
      Config: { Env: [`BIG=${'x'.repeat(1 << 20)}`] },
      NetworkSettings: { Ports: Object.fromEntries(many) },
    });
    assert.equal(Object.keys(ports).length, 10_000);
    assert.equal(env[0]?.length, (1 << 20) + 4);
  });

  it('takes a label that is no text for an empty one', () => {
    const { labels } = snapshot({ Config: { Labels: { a: 'b', c: 7, d: null } } });
    assert.deepEqual(labels, { a: 'b', c: '', d: '' });
  });

  it('keeps a label called __proto__ a label', () => {
    const document = inspectDocument({ Config: JSON.parse('{"Labels":{"__proto__":"x","a":"b"}}') });
    assert.deepEqual(Object.keys(readContainer(document).labels), ['__proto__', 'a']);
  });

  it('gives plugins both spellings, and no null for what they walk through', () => {
    const seen = pluginContainer(
      snapshot({
        Config: { Env: null, Labels: null },
        NetworkSettings: { IPAddress: '10.0.0.1', Ports: null },
      }),
    );
    const { IpAddress, IPAddress, Ports } = seen.NetworkSettings;
    assert.deepEqual([IpAddress, IPAddress, Ports], ['10.0.0.1', '10.0.0.1', {}]);
    assert.deepEqual([seen.Config.Env, seen.Config.Labels], [[], {}]);
  });
});
