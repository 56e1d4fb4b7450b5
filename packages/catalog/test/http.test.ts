import { ETCD, ETCDCTL, requireParts } from '../../../test/support/parts.ts';
import { describeNetworkContract } from './network-contract.ts';
import { embeddedRig, etcdRig, httpRig } from './rigs.ts';
import type { NetworkRig } from './scene.ts';
import { describeStoreContract } from './store-contract.ts';

const beforeEmbedded = async (): Promise<NetworkRig> => httpRig(await embeddedRig());
const beforeEtcd = async (suite: Mocha.Context): Promise<NetworkRig> => {
  requireParts(suite, ETCD, ETCDCTL);
  return await httpRig(await etcdRig());
};

describeStoreContract('http before embedded', beforeEmbedded);
describeNetworkContract('http before embedded', beforeEmbedded);
describeStoreContract('http before etcd', beforeEtcd);
