export { COMMON_OPTIONS } from './common.ts';
export { EXPLAIN_TABLE } from './explain.ts';
export { HEALTHCHECK_TABLE } from './healthcheck.ts';
export type { Host } from './host.ts';
export { NAMESERVER_TABLE } from './nameserver.ts';
export { pluginTable } from './plugin.ts';
export { registrarTable } from './registrar.ts';
export { run } from './run.ts';
export { upTable } from './up.ts';
