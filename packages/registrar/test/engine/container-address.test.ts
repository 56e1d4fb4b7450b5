import assert from 'node:assert/strict';
import {
  type AddressRule,
  addressOf,
  inItsNetwork,
  inNetworkOf,
} from '../../src/engine/container-address.ts';
import { type InspectedContainer, readContainer } from '../../src/engine/snapshot.ts';
import { inspectDocument } from '../containers.ts';

const RULE: AddressRule = { networks: [], hostAddress: undefined };
const BRIDGE = { IPAddress: '172.17.0.4' };
const A = { IPAddress: '10.1.0.2' };
const B = { IPAddress: '10.2.0.2' };
const SIX = { IPAddress: '', GlobalIPv6Address: 'fd00::2' };
const BOTH = { IPAddress: '10.6.0.2', GlobalIPv6Address: 'fd00::6' };
const NONE = { IPAddress: '', GlobalIPv6Address: '' };

interface Case {
  readonly what: string;
  readonly networks: Readonly<Record<string, object>> | null;
  readonly label?: string;
  readonly mode?: string;
  readonly top?: object;
  readonly rule?: Partial<AddressRule>;
  /** `ADDRESS[,IPV6] NETWORK`, or nothing. */
  readonly found: string | undefined;
}

const CASES: readonly Case[] = [
  { what: 'the default bridge', networks: { a: A, bridge: BRIDGE }, found: '172.17.0.4 bridge' },
  { what: 'Podman’s default network', networks: { a: A, podman: B }, found: '10.2.0.2 podman' },
  { what: 'the first by name', networks: { c: B, a: NONE, b: A }, found: '10.1.0.2 b' },
  {
    what: 'the same in Engines that tell of no networks',
    networks: null,
    top: BRIDGE,
    found: '172.17.0.4 bridge',
  },
  { what: 'IPv4 before IPv6', networks: { a: SIX, b: A }, found: '10.1.0.2 b' },
  { what: 'IPv4 before IPv6 on the default bridge', networks: { b: A, bridge: SIX }, found: '10.1.0.2 b' },
  { what: 'IPv6 where there is no other', networks: { a: NONE, six: SIX }, found: 'fd00::2 six' },
  { what: 'both where it has both', networks: { a: BOTH }, found: '10.6.0.2,fd00::6 a' },
  {
    what: 'the preferred network',
    networks: { bridge: BRIDGE, a: A, b: B },
    rule: { networks: ['b'] },
    found: '10.2.0.2 b',
  },
  {
    what: 'the preferred network though it has IPv6 alone',
    networks: { bridge: BRIDGE, six: SIX },
    rule: { networks: ['six'] },
    found: 'fd00::2 six',
  },
  {
    what: 'the first preferred one that it is in',
    networks: { bridge: BRIDGE, a: A, b: B },
    rule: { networks: ['other', 'a', 'b'] },
    found: '10.1.0.2 a',
  },
  {
    what: 'the default bridge when it is in no preferred one',
    networks: { bridge: BRIDGE, a: A },
    rule: { networks: ['other'] },
    found: '172.17.0.4 bridge',
  },
  {
    what: 'the network that its label names',
    networks: { bridge: BRIDGE, a: A, b: B },
    label: 'a',
    rule: { networks: ['b'] },
    found: '10.1.0.2 a',
  },
  { what: 'nothing but what its label names', networks: { bridge: BRIDGE }, label: 'a', found: undefined },
  { what: 'nothing in the routing mesh', networks: { ingress: A }, found: undefined },
  { what: 'its overlay beside the routing mesh', networks: { ingress: A, over: B }, found: '10.2.0.2 over' },
  { what: 'nothing without a network', networks: { none: NONE }, mode: 'none', found: undefined },
  { what: 'nothing before it has an address', networks: { bridge: NONE }, found: undefined },
  { what: 'nothing on the host’s network', networks: { host: NONE }, mode: 'host', found: undefined },
  {
    what: 'the host’s address on its network',
    networks: { host: NONE },
    mode: 'host',
    rule: { hostAddress: '192.0.2.1' },
    found: '192.0.2.1 host',
  },
  { what: 'nothing where there are no networks', networks: null, found: undefined },
];

function inspected(changes: Readonly<Record<string, unknown>> = {}): InspectedContainer {
  return readContainer(inspectDocument(changes));
}

describe('container address', () => {
  for (const { what, networks, label, mode = 'default', top, rule, found } of CASES) {
    it(`is ${what}`, () => {
      const container = inspected({
        Config: { Labels: label === undefined ? {} : { 'callsign.network': label } },
        HostConfig: { NetworkMode: mode },
        NetworkSettings: { ...top, Networks: networks },
      });
      const at = addressOf(container, { ...RULE, ...rule });
      assert.equal(at && `${[at.ip, at.ipv6].filter(Boolean).join()} ${at.network}`, found);
    });
  }
});

describe('the network of another container', () => {
  const owner = (changes = {}) =>
    inspected({
      Id: 'b'.repeat(64),
      State: { Running: true, StartedAt: '2020-01-01T00:00:01Z' },
      HostConfig: { NetworkMode: 'default' },
      NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] }, Networks: { a: A } },
      ...changes,
    });
  const sharer = inspected({
    Config: { ExposedPorts: { '80/tcp': {}, '81/tcp': {} } },
    State: { Running: true, StartedAt: '2020-01-01T00:00:02Z' },
    HostConfig: { NetworkMode: `container:${'b'.repeat(64)}` },
    NetworkSettings: {},
  });

  it('gives its addresses, and publishes the ports that both have', () => {
    const found = inNetworkOf(sharer, owner());
    assert.equal(addressOf(found, RULE)?.ip, '10.1.0.2');
    assert.deepEqual(found.ports, { '80/tcp': [{ HostIp: '', HostPort: '8080' }], '81/tcp': null });
  });

  it('does so to who started in the same moment', () => {
    const other = owner({ State: { Running: true, StartedAt: '2020-01-01T00:00:02Z' } });
    assert.equal(addressOf(inNetworkOf(sharer, other), RULE)?.ip, '10.1.0.2');
  });

  it('is there while the other is paused', () => {
    const other = owner({ State: { Running: true, Paused: true, StartedAt: '2020-01-01T00:00:01Z' } });
    assert.equal(addressOf(inNetworkOf(sharer, other), RULE)?.ip, '10.1.0.2');
  });

  it('may be that of a third', async () => {
    const second = owner({ HostConfig: { NetworkMode: `container:${'c'.repeat(64)}` }, NetworkSettings: {} });
    const third = owner({ Id: 'c'.repeat(64) });
    const all = new Map([second, third].map((each) => [each.id, each]));
    const found = await inItsNetwork(sharer, async (id) => all.get(id));
    assert.equal(addressOf(found, RULE)?.ip, '10.1.0.2');
  });

  it('is asked for once where the other has gone', async () => {
    const asked: string[] = [];
    const found = await inItsNetwork(sharer, async (id) => void asked.push(id));
    assert.deepEqual([found.networks, asked], [{}, ['b'.repeat(64)]]);
  });

  it('may be the host’s', () => {
    const found = inNetworkOf(sharer, owner({ HostConfig: { NetworkMode: 'host' }, NetworkSettings: {} }));
    assert.equal(addressOf(found, { ...RULE, hostAddress: '192.0.2.1' })?.ip, '192.0.2.1');
  });

  for (const [what, other] of [
    ['has gone', undefined],
    ['has ended', owner({ State: { Running: false, StartedAt: '2020-01-01T00:00:01Z' } })],
    [
      'is about to be restarted',
      owner({ State: { Running: true, Restarting: true, StartedAt: '2020-01-01T00:00:01Z' } }),
    ],
    [
      'was started again, without who shared it',
      owner({ State: { Running: true, StartedAt: '2020-01-01T00:00:03Z' } }),
    ],
  ] as const) {
    it(`is no more when the other ${what}`, () => {
      assert.equal(addressOf(inNetworkOf(sharer, other), RULE), undefined);
    });
  }
});
