import assert from 'node:assert/strict';
import { snapshotOf } from '../../src/engine/snapshot.ts';
import { pluginContainer } from '../../src/plugins/container.ts';
import { inspectDocument, snapshot } from '../containers.ts';

const NONE = { IPAddress: '', GlobalIPv6Address: '' };

describe('container snapshot', () => {
  for (const [what, settings, expected] of [
    [
      'the default bridge',
      { IPAddress: '172.17.0.4', Networks: { bridge: { IPAddress: '172.17.0.4' } } },
      { ip: '172.17.0.4', network: 'bridge' },
    ],
    [
      'the first network by name that has an address',
      { ...NONE, Networks: { b: { IPAddress: '10.2.0.2' }, c: { IPAddress: '10.3.0.2' }, a: NONE } },
      { ip: '10.2.0.2', network: 'b' },
    ],
    [
      'IPv6 where there is no IPv4',
      { ...NONE, Networks: { six: { IPAddress: '', GlobalIPv6Address: 'fd00::2' } } },
      { ip: 'fd00::2', network: 'six' },
    ],
    [
      'IPv4 before IPv6, whatever the names',
      { ...NONE, Networks: { a: { GlobalIPv6Address: 'fd00::2' }, b: { IPAddress: '10.2.0.2' } } },
      { ip: '10.2.0.2', network: 'b' },
    ],
    ['nothing on the host’s network', { ...NONE, Networks: { host: NONE } }, undefined],
    ['nothing where there are no networks', { IPAddress: null, Networks: null }, undefined],
  ] as const) {
    it(`is reached at ${what}`, () => {
      assert.deepEqual(snapshot({ NetworkSettings: settings }).address, expected);
    });
  }

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
      const { env, labels, ports, networks, address } = snapshotOf(document);
      assert.deepEqual(
        { env, labels, ports, networks, address },
        {
          env: [],
          labels: {},
          ports: {},
          networks: {},
          address: undefined,
        },
      );
    });
  }

  it('keeps a label called __proto__ a label', () => {
    const document = inspectDocument({ Config: JSON.parse('{"Labels":{"__proto__":"x","a":"b"}}') });
    assert.deepEqual(Object.keys(snapshotOf(document).labels), ['__proto__', 'a']);
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
