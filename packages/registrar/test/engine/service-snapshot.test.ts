import assert from 'node:assert/strict';
import { addressOf } from '../../src/engine/container-address.ts';
import { networkIdsOf, readService } from '../../src/engine/service-snapshot.ts';
import { NETWORKS, SERVICE_ID, serviceDocument } from '../services.ts';

const ANYWHERE = { networks: [], hostAddress: undefined };

describe('service snapshot', () => {
  const service = readService(serviceDocument(), NETWORKS);

  it('has the shape of a container that runs, and says that it is none', () => {
    const { kind, id, name, image, env, running, health } = service;
    assert.deepEqual(
      { kind, id, name, image, env, running, health },
      {
        kind: 'service',
        id: SERVICE_ID,
        name: '/shop_web',
        image: 'web:latest@sha256:0000',
        env: ['ROLE=web'],
        running: true,
        health: 'none',
      },
    );
  });

  it('has the service’s own labels, and the name that its tasks have as a label', () => {
    assert.deepEqual(service.labels, {
      'com.docker.stack.namespace': 'shop',
      team: 'blue',
      'com.docker.swarm.service.name': 'shop_web',
    });
  });

  it('has its virtual address in every network, by the network’s name', () => {
    assert.deepEqual(service.networks, {
      ingress: { ipv4: '10.77.4.3', ipv6: '' },
      shop_back: { ipv4: '10.77.4.66', ipv6: '' },
      front: { ipv4: '', ipv6: 'fd00:77::66' },
    });
    assert.deepEqual(networkIdsOf(serviceDocument()).toSorted(), [...NETWORKS.keys()].toSorted());
  });

  it('is reached by the same rule as a container, never in the routing mesh', () => {
    assert.equal(addressOf(service, ANYWHERE)?.ip, '10.77.4.66');
    assert.equal(addressOf(service, { ...ANYWHERE, networks: ['front'] })?.ip, 'fd00:77::66');
  });

  it('is published on every node by the routing mesh alone', () => {
    assert.deepEqual(service.ports, { '80/tcp': [{ HostIp: '', HostPort: '30000' }], '53/udp': null });
  });

  for (const [what, changes] of [
    ['no virtual address (dnsrr)', { Endpoint: { Spec: {} } }],
    ['no endpoint', { Endpoint: undefined }],
    ['nonsense', { Endpoint: { VirtualIPs: 'x', Ports: [null] }, Spec: 7 }],
  ] as const) {
    it(`has no address with ${what}`, () => {
      assert.equal(addressOf(readService(serviceDocument(changes), NETWORKS), ANYWHERE), undefined);
    });
  }

  it('keeps a network that nobody knows apart by its id', () => {
    const { networks } = readService(serviceDocument(), new Map());
    assert.deepEqual(Object.keys(networks), networkIdsOf(serviceDocument()));
  });
});
