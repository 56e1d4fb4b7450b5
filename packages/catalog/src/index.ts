export { EmbeddedStore } from './embedded-store.ts';
export { EventStream, type StreamEvent } from './http/event-stream.ts';
export { HttpStore, type HttpStoreOptions } from './http-store.ts';
export * from './names.ts';
export { openStore, type TlsFiles } from './open-store.ts';
export * from './service.ts';
export * from './store.ts';
export {
  describeStore,
  parseStoreAddress,
  SHARED_STORES,
  type StoreAddress,
  storeAddress,
} from './store-address.ts';
export { TICK, withTicks } from './ticks.ts';
