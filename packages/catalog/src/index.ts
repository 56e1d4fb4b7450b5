export * from './names.ts';
export * from './service.ts';
export * from './store.ts';
