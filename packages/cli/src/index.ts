export type { Host } from './command/host.ts';
export { COMMANDS } from './commands.ts';
export { run } from './run.ts';
