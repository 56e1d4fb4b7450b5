import { OptionsError, optional, toggle, type ValuesOf } from '@callsign/daemon';
import type { Preview, ShippedPlugin } from '@callsign/registrar';
import { registrarOptions } from '@callsign/registrar/options';
import { defineCommand } from '../command/command.ts';
import type { Host } from '../command/host.ts';
import { JSON_OPTION } from '../command/json-option.ts';
import { previewLines } from './preview-lines.ts';

function pluginTable(hostname: string) {
  return {
    container: optional({
      flag: 'container',
      once: true,
      value: 'FILE',
      text: 'what "docker inspect" has written of one container or several; - for the standard input',
      parse: String,
    }),
    running: toggle({ flag: 'running', once: true, text: 'ask about every container that runs' }),
    json: JSON_OPTION,
    ...registrarOptions(hostname),
  };
}

const TWO = 'there are "plugin test" and "plugin list"';

type Values = ValuesOf<ReturnType<typeof pluginTable>>;

/** Tools for authors of plugins. Their exit code is 1 when a plugin fails. */
export const plugin = defineCommand({
  name: 'plugin',
  text: 'shows what plugins would make of containers, and those that ship',
  words: 'test|list [PLUGIN…]',
  choices: ['test', 'list'],
  options: pluginTable,
  examples: [
    ['plugin list', 'those that ship'],
    ['plugin test --running', 'what would be published of the containers that run'],
    ['plugin test ./mine.js default --container inspect.json', 'what two plugins make of one container'],
  ],
  run: async (host, values, [word, ...references]) => {
    if (word === 'list' && references.length === 0) return list(host, values);
    if (word === 'test')
      return test(host, references.length > 0 ? { ...values, plugins: references } : values);
    const wrong = word === 'list' ? 'plugin list lists what ships, and takes no PLUGIN' : TWO;
    throw new OptionsError([word === undefined ? wrong : `${[word, ...references].join(' ')}: ${wrong}`]);
  },
});

async function list(host: Host, { json }: Values): Promise<number> {
  const { shippedPlugins } = await import('@callsign/registrar');
  const plugins = await shippedPlugins();
  if (json) host.print(JSON.stringify(plugins));
  else printTable(host, plugins);
  return 0;
}

function printTable(host: Host, plugins: readonly ShippedPlugin[]): void {
  const width = Math.max(...plugins.map(({ name }) => name.length));
  for (const { name, caption } of plugins) host.print(`${name.padEnd(width)}  ${caption}`);
}

async function test(host: Host, values: Values): Promise<number> {
  const previews = await previewsOf(host, values);
  if (values.json) host.print(JSON.stringify(previews, undefined, 2));
  else for (const line of previewLines(previews)) host.print(line);
  return previews.some(({ state }) => state === 'failed') ? 1 : 0;
}

async function previewsOf(host: Host, values: Values): Promise<readonly Preview[]> {
  const { container, running } = values;
  if (running === (container !== undefined)) {
    throw new OptionsError(['plugin test wants either --container FILE or --running']);
  }
  const { previewDocuments, previewRunning } = await import('@callsign/registrar');
  if (container === undefined) return await previewRunning(values, host.stop);
  return await previewDocuments(values, readDocuments(host, container));
}

function readDocuments(host: Host, path: string): readonly unknown[] {
  try {
    const read: unknown = JSON.parse(host.readFile(path === '-' ? '/dev/stdin' : path));
    return Array.isArray(read) ? read : [read];
  } catch (error) {
    throw new OptionsError([`--container: ${path} cannot be read: ${(error as Error).message}`]);
  }
}
