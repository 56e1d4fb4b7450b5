export * from './backoff.ts';
export * from './clock.ts';
export * from './errors.ts';
export * from './http.ts';
export * from './lifecycle.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './options.ts';
