import { EmbeddedStore, HttpStore, type HttpStoreOptions, put, type Store } from '@callsign/catalog';
import { HttpServer, silentLog } from '@callsign/daemon';
import { Etcd } from '../../../test/support/etcd.ts';
import { TcpProxy } from '../../../test/support/proxy.ts';
import { storeRoutes } from '../../nameserver/src/api/store.ts';
import { type EtcdOptions, EtcdStore } from '../src/etcd-store.ts';
import type { NetworkRig, Rig } from './scene.ts';

/** Batches that an embedded store remembers in these tests: more than any test lets wait. */
const HISTORY = 6_000;

/** Time-outs where nothing breaks: a machine may have much else to do. */
const PATIENT = { callMs: 20_000, silenceMs: 20_000 };
/** Time-outs that a test can wait for. */
export const IMPATIENT = { callMs: 1_000, silenceMs: 600 };

/** An embedded store, whose clients are all the store itself. */
export async function embeddedRig(): Promise<Rig> {
  const store = await EmbeddedStore.open({ history: HISTORY });
  return {
    open: async () => sharing(store),
    openAlone: () => EmbeddedStore.open(),
    compact: () => forget(store),
    close: () => store.close(),
  };
}

/** A real etcd. */
export async function etcdRig(): Promise<NetworkRig> {
  const etcd = await Etcd.start();
  const network = await TcpProxy.to(etcd.port);
  const open = async () => etcdClient(etcd.port);
  return {
    open,
    openAlone: open,
    openThrough: async () => etcdClient(network.port, IMPATIENT),
    network,
    compact: async () => etcd.compact(await newest(etcd.port)),
    close: async () => {
      await network.close();
      await etcd.close();
    },
  };
}

/** A nameserver's HTTP side before a store of another rig. */
export async function httpRig(behind: Rig): Promise<NetworkRig> {
  const store = await behind.open();
  const routes = storeRoutes(store, { heartbeatMs: 50 });
  const server = new HttpServer({ listen: [{ host: '127.0.0.1', port: 0 }], routes, log: silentLog });
  await server.start();
  const port = server.addresses[0]?.port ?? 0;
  const network = await TcpProxy.to(port);
  const open = async () => httpClient(port);
  return {
    open,
    openAlone: open,
    openThrough: async () => httpClient(network.port, IMPATIENT),
    network,
    compact: () => behind.compact(),
    close: async () => {
      await network.close();
      await server.close();
      await store.close();
      await behind.close();
    },
  };
}

export function etcdClient(port: number, options: Partial<EtcdOptions> = {}): EtcdStore {
  const hosts = [`127.0.0.1:${port}`];
  return new EtcdStore({ hosts, secure: false, prefix: '/skydns/', ...PATIENT, probeMs: 200, ...options });
}

export function httpClient(port: number, options: Partial<HttpStoreOptions> = {}): HttpStore {
  return new HttpStore({ url: `http://127.0.0.1:${port}`, ...PATIENT, ...options });
}

async function newest(port: number): Promise<number> {
  const store = etcdClient(port);
  const { revision } = await store.list('');
  await store.close();
  return revision;
}

/** The same store, which its other users keep when one of them closes it. */
function sharing(store: Store): Store {
  return {
    list: (...args) => store.list(...args),
    pages: (...args) => store.pages(...args),
    watch: (...args) => store.watch(...args),
    commit: (...args) => store.commit(...args),
    grant: (...args) => store.grant(...args),
    leases: store.leases,
    close: async () => undefined,
  };
}

async function forget(store: Store): Promise<void> {
  await Promise.all(Array.from({ length: HISTORY + 1 }, (_, at) => put(store, 'forget', String(at))));
}
