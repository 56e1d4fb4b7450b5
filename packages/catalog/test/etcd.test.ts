import { ETCD, ETCDCTL, requireParts } from '../../../test/support/parts.ts';
import { describeNetworkContract } from './network-contract.ts';
import { etcdRig } from './rigs.ts';
import type { NetworkRig } from './scene.ts';
import { describeStoreContract } from './store-contract.ts';

const rig = async (suite: Mocha.Context): Promise<NetworkRig> => {
  requireParts(suite, ETCD, ETCDCTL);
  return await etcdRig();
};

describeStoreContract('etcd', rig);
describeNetworkContract('etcd', rig);
