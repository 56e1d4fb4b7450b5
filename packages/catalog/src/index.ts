export { type EmbeddedOptions, EmbeddedStore } from './embedded-store.ts';
export * from './names.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export * from './service.ts';
export * from './store.ts';
export { describeStore, parseStoreAddress, type StoreAddress } from './store-address.ts';
export { TICK, withTicks } from './ticks.ts';
