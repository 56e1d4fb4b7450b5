import { everyCommand } from './commands.ts';

export const COMMANDS = await everyCommand();
export type { Host } from './command/host.ts';
export { run } from './run.ts';
