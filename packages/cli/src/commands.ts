import { add } from './client/add.ts';
import { explain } from './client/explain.ts';
import { healthcheck } from './client/healthcheck.ts';
import { nodes } from './client/nodes.ts';
import { remove } from './client/remove.ts';
import { resolve } from './client/resolve.ts';
import { services } from './client/services.ts';
import { watch } from './client/watch.ts';
import type { Command } from './command/command.ts';
import { completionOf } from './completion/completion.ts';
import { nameserver } from './daemon/nameserver.ts';
import { registrar } from './daemon/registrar.ts';
import { up } from './daemon/up.ts';
import { doctor } from './doctor/doctor.ts';
import { install } from './install/install.ts';
import { plugin } from './plugin/plugin.ts';

/** Every command, in the order in which the help and the manual show them. */
export const COMMANDS: readonly Command[] = [
  up,
  nameserver,
  registrar,
  services,
  nodes,
  watch,
  add,
  remove,
  resolve,
  explain,
  plugin,
  doctor,
  install,
  completionOf(() => COMMANDS),
  healthcheck,
];
