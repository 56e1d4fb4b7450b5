import { addressOf } from '../src/engine/container-address.ts';
import { readService } from '../src/engine/service-snapshot.ts';
import type { ContainerSnapshot } from '../src/engine/snapshot.ts';

/** The id of the service in {@link serviceDocument}. */
export const SERVICE_ID = 'up0akw463rnc6icqbt0yz5bwm';
export const NETWORKS = new Map([
  ['mb11mm97b26wwm7yz1geiq3hw', 'shop_back'],
  ['n0front7b26wwm7yz1geiq3hw', 'front'],
  ['v9swzb7qbxhnuuw1mkzpt8ogw', 'ingress'],
]);

/** What Docker 20.10 answered to `GET /services/ID` for a service of a stack in two networks, cut to what counts. */
export function serviceDocument(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ID: SERVICE_ID,
    Version: { Index: 14 },
    Spec: {
      Name: 'shop_web',
      Labels: { 'com.docker.stack.namespace': 'shop', team: 'blue' },
      TaskTemplate: { ContainerSpec: { Image: 'web:latest@sha256:0000', Env: ['ROLE=web'] } },
      EndpointSpec: { Mode: 'vip' },
    },
    Endpoint: {
      Ports: [
        { Protocol: 'tcp', TargetPort: 80, PublishedPort: 30000, PublishMode: 'ingress' },
        { Protocol: 'udp', TargetPort: 53, PublishedPort: 5353, PublishMode: 'host' },
      ],
      VirtualIPs: [
        { NetworkID: 'v9swzb7qbxhnuuw1mkzpt8ogw', Addr: '10.77.4.3/26' },
        { NetworkID: 'mb11mm97b26wwm7yz1geiq3hw', Addr: '10.77.4.66/26' },
        { NetworkID: 'n0front7b26wwm7yz1geiq3hw', Addr: 'fd00:77::66/64' },
      ],
    },
    ...changes,
  };
}

/** The same as the registrar sees it, with labels of its own. */
export function serviceSnapshot(labels: Readonly<Record<string, string>> = {}): ContainerSnapshot {
  const service = readService(serviceDocument(), NETWORKS);
  const labelled = { ...service, labels: { ...service.labels, ...labels } };
  return { ...labelled, address: addressOf(labelled, { networks: [], hostAddress: undefined }) };
}
