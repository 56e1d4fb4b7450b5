import { OptionsError, optional, parseOptions, toggle, type ValuesOf } from '@callsign/daemon';
import {
  type Preview,
  previewDocuments,
  previewRunning,
  registrarOptions,
  shippedPlugins,
} from '@callsign/registrar';
import { showHelp } from './common.ts';
import type { Command, Host } from './host.ts';
import { previewLines } from './preview-lines.ts';

export function pluginTable(hostname: string) {
  return {
    container: optional({
      flag: 'container',
      value: 'FILE',
      text: 'what "docker inspect" has written of one container or several; - for the standard input',
      parse: String,
    }),
    running: toggle({ flag: 'running', text: 'ask about every container that runs' }),
    json: toggle({ flag: 'json', text: 'print JSON, as is done where no person reads' }),
    ...registrarOptions(hostname),
    help: toggle({ flag: 'help', short: 'h', text: 'show this help' }),
  };
}

type Values = ValuesOf<ReturnType<typeof pluginTable>>;

const ABOUT =
  'plugin test [PLUGIN…]: shows what would be published, and touches nothing\n' +
  '         plugin list: names the plugins that ship';

/** Tools for authors of plugins. Their exit code is 1 when a plugin fails. */
export const plugin: Command = async (host) => {
  const table = pluginTable(host.hostname);
  const { values, positionals } = parseOptions(table, host);
  const [word, ...references] = positionals;
  if (values.help || word === undefined) return showHelp(host, ABOUT, table);
  if (word === 'list') return list(host);
  if (word !== 'test') throw new OptionsError([`${word}: there are "plugin test" and "plugin list"`]);
  return test(host, references.length > 0 ? { ...values, plugins: references } : values);
};

async function list(host: Host): Promise<number> {
  const plugins = await shippedPlugins();
  const width = Math.max(...plugins.map(({ name }) => name.length));
  for (const { name, caption } of plugins) host.print(`${name.padEnd(width)}  ${caption}`);
  return 0;
}

async function test(host: Host, values: Values): Promise<number> {
  const previews = await previewsOf(host, values);
  const isForPeople = host.reader && !values.json;
  if (isForPeople) for (const line of previewLines(previews)) host.print(line);
  else host.print(JSON.stringify(previews, undefined, 2));
  return previews.some(({ state }) => state === 'failed') ? 1 : 0;
}

function previewsOf(host: Host, values: Values): Promise<readonly Preview[]> {
  const { container, running } = values;
  if (running === (container !== undefined)) {
    throw new OptionsError(['plugin test wants either --container FILE or --running']);
  }
  if (container === undefined) return previewRunning(values, host.stop);
  return previewDocuments(values, readDocuments(host, container));
}

function readDocuments(host: Host, path: string): readonly unknown[] {
  try {
    const read: unknown = JSON.parse(host.readFile(path === '-' ? '/dev/stdin' : path));
    return Array.isArray(read) ? read : [read];
  } catch (error) {
    throw new OptionsError([`--container: ${path} cannot be read: ${(error as Error).message}`]);
  }
}
