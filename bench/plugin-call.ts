import { silentLog } from '@callsign/daemon';
import { addressOf } from '../packages/registrar/src/engine/container-address.ts';
import { readContainer } from '../packages/registrar/src/engine/snapshot.ts';
import {
  type PluginSubject,
  pluginContainer,
  pluginSubject,
} from '../packages/registrar/src/plugins/container.ts';
import { Guest } from '../packages/registrar/src/plugins/guest.ts';
import { PluginHost } from '../packages/registrar/src/plugins/host.ts';
import { readPlugins } from '../packages/registrar/src/plugins/source.ts';
import { type Figure, report } from './support/figures.ts';
import { processorMs } from './support/process-time.ts';

const CALLS = 8_000;
const WARM_UP = 4_000;
const DEFAULTS = { ttl: 30, environment: 'dev', region: 'default', domain: 'docker' };
const CHAINS = {
  'the default plugin': ['default'],
  'the default chain': ['labels', 'dnsdock', 'registrator', 'default'],
};
/** As many as the registrar looks at at the same time, and one after another. */
const AT_ONCE = [8, 1];

/** What asking the plugins costs for one container with an inspect document of 10 KB. */
export async function pluginCall(): Promise<void> {
  const document = inspectDocument();
  const inspected = readContainer(document);
  const address = addressOf(inspected, { networks: [], hostAddress: undefined });
  const container = pluginSubject(pluginContainer({ ...inspected, address }));
  const figures: Figure[] = [
    { what: 'inspect document', value: `${JSON.stringify(document).length} bytes` },
    { what: 'of which a plugin sees', value: `${container.text.length} bytes` },
  ];
  figures.push(await callAlone(container.text));
  for (const [what, names] of Object.entries(CHAINS)) {
    const host = new PluginHost({ plugins: await readPlugins(names), defaults: DEFAULTS, log: silentLog });
    try {
      for (const atOnce of AT_ONCE) figures.push(await measured(what, host, container, atOnce));
    } finally {
      await host.close();
    }
  }
  report('a container and its plugins', figures);
}

/** The sandbox without its process: into the isolate, read, decided, checked and out again. */
async function callAlone(container: string): Promise<Figure> {
  const [plugin] = await readPlugins(['default']);
  if (plugin === undefined) throw new Error('there is no default plugin');
  const guest = await Guest.load(plugin, DEFAULTS, { timeoutMs: 1_000, memoryMb: 32 });
  for (let calls = 0; calls < WARM_UP; calls += 1) await guest.call([container]);
  const [began, own] = [performance.now(), process.cpuUsage()];
  for (let calls = 0; calls < CALLS; calls += 1) await guest.call([container]);
  const { user, system } = process.cpuUsage(own);
  const took = us(((performance.now() - began) * 1_000) / CALLS);
  return {
    what: 'the default plugin’s call by itself',
    value: `${took} each; CPU ${us((user + system) / CALLS)}`,
  };
}

async function measured(
  what: string,
  host: PluginHost,
  container: PluginSubject,
  atOnce: number,
): Promise<Figure> {
  await call(host, container, atOnce, WARM_UP);
  const pid = (await host.pid()) ?? 0;
  const [began, own, guest] = [performance.now(), process.cpuUsage(), processorMs(pid) * 1_000];
  await call(host, container, atOnce, CALLS);
  const took = ((performance.now() - began) * 1_000) / CALLS;
  const { user, system } = process.cpuUsage(own);
  const [here, there] = [(user + system) / CALLS, (processorMs(pid) * 1_000 - guest) / CALLS];
  const value = `${us(took)} each; CPU ${us(here)} in the registrar, ${us(there)} in the sandbox`;
  return { what: `${what}, ${atOnce} at once`, value };
}

async function call(
  host: PluginHost,
  container: PluginSubject,
  atOnce: number,
  calls: number,
): Promise<void> {
  let left = calls;
  const worker = async () => {
    while (left-- > 0) await host.run(container);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function us(value: number): string {
  return `${value.toFixed(0)} µs`;
}

/** Of the usual size and shape: half of it is the Engine's own, which no plugin sees. */
function inspectDocument(): object {
  const many = (count: number, one: (at: number) => readonly [string, unknown]) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => one(at)));
  return {
    Id: '3f2a9c0b17de'.padEnd(64, '0'),
    Name: '/web1',
    Image: `sha256:${'0'.repeat(64)}`,
    State: { Status: 'running', Running: true, Paused: false, Restarting: false, Dead: false, Pid: 4711 },
    Config: {
      Hostname: '3f2a9c0b17de',
      Image: 'registry.example.org:5000/shop/web:1.2',
      Env: Array.from({ length: 40 }, (_, at) => `SETTING_${at}=${'value '.repeat(10)}`),
      Labels: many(20, (at) => [`org.example.label.${at}`, 'x'.repeat(60)]),
    },
    HostConfig: many(60, (at) => [`Setting${at}`, 'y'.repeat(60)]),
    NetworkSettings: {
      Ports: { '80/tcp': null, '443/tcp': null },
      Networks: { bridge: { IPAddress: '172.17.0.4', GlobalIPv6Address: '' } },
    },
  };
}
