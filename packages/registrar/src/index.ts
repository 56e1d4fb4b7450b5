export type { DockerAddress } from './engine/address.ts';
export { REGISTRAR_METRICS } from './metrics.ts';
export { registrarOptions } from './options.ts';
export { Registrar, type RegistrarDeps } from './registrar.ts';
