import type { Command } from './command/command.ts';

/**
 * Every command, in the order in which the help and the manual show them. Each is loaded when somebody calls it, for
 * most need neither an Engine nor a zone: a health check every five seconds, a name looked up from a script.
 */
const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./daemon/up.ts')).up,
  nameserver: async () => (await import('./daemon/nameserver.ts')).nameserver,
  registrar: async () => (await import('./daemon/registrar.ts')).registrar,
  services: async () => (await import('./client/services.ts')).services,
  nodes: async () => (await import('./client/nodes.ts')).nodes,
  watch: async () => (await import('./client/watch.ts')).watch,
  add: async () => (await import('./client/add.ts')).add,
  remove: async () => (await import('./client/remove.ts')).remove,
  resolve: async () => (await import('./client/resolve.ts')).resolve,
  explain: async () => (await import('./client/explain.ts')).explain,
  plugin: async () => (await import('./plugin/plugin.ts')).plugin,
  doctor: async () => (await import('./doctor/doctor.ts')).doctor,
  install: async () => (await import('./install/install.ts')).install,
  completion: async () => (await import('./completion/completion.ts')).completionOf(everyCommand),
  healthcheck: async () => (await import('./client/healthcheck.ts')).healthcheck,
};

export const COMMAND_NAMES: readonly string[] = Object.keys(LOADERS);

export async function commandNamed(name: string): Promise<Command | undefined> {
  return Object.hasOwn(LOADERS, name) ? await LOADERS[name]?.() : undefined;
}

export function everyCommand(): Promise<readonly Command[]> {
  return Promise.all(Object.values(LOADERS).map((load) => load()));
}
