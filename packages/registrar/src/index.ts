export type { DockerAddress } from './engine/address.ts';
export { REGISTRAR_METRICS } from './metrics.ts';
export { type RegistrarOptions, registrarOptions } from './options.ts';
export { PluginError } from './plugins/errors.ts';
export { createRegistrar, Registrar, type RegistrarDeps } from './registrar.ts';
