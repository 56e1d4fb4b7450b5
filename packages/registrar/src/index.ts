export type { DockerAddress } from './engine/address.ts';
export { REGISTRAR_METRICS } from './metrics.ts';
export { registrarOptions } from './options.ts';
export { type ShippedPlugin, shippedPlugins } from './plugins/source.ts';
export { type Preview, previewDocuments, previewRunning } from './preview.ts';
export { Registrar } from './registrar.ts';
