import { type Key, nameOfKey, type OwnerName } from '@callsign/catalog';
import { CallsignError, describe, silentLog } from '@callsign/daemon';
import { addressOf, inItsNetwork, isOnHost, NETWORK_LABEL } from './engine/container-address.ts';
import { DockerEngine } from './engine/docker.ts';
import { type ContainerSnapshot, type InspectedContainer, readContainer } from './engine/snapshot.ts';
import { type RegistrarOptions, type RegistrarSettings, settingsOf } from './options.ts';
import { pluginContainer, pluginSubject } from './plugins/container.ts';
import { PluginError } from './plugins/errors.ts';
import { type ConsoleLine, PluginHost } from './plugins/host.ts';
import type { Draft } from './plugins/result.ts';
import { readPlugins } from './plugins/source.ts';
import { type Decision, decide } from './reconcile/decision.ts';
import { isAnnounced } from './reconcile/life.ts';
import { shortened } from './reconcile/said.ts';

/** What a registrar with these options would do with one container. */
export interface Preview {
  /** The first 12 digits of its id. */
  readonly container: string;
  readonly name: string;
  readonly state: 'published' | 'skipped' | 'failed';
  /** The plugin that decided, or failed; undefined when none was asked, or all of them passed. */
  readonly plugin: string | undefined;
  /** Why it is not published, or not with all of its names. */
  readonly reasons: readonly string[];
  readonly services: readonly Draft[];
  readonly records: readonly PreviewRecord[];
  /** What plugins wrote to their console. */
  readonly console: readonly { readonly plugin: string; readonly line: string }[];
}

export interface PreviewRecord {
  readonly name: OwnerName;
  readonly key: Key;
  /** The message, as it would be stored. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** Finds a container by its id or name. */
type Inspect = (container: string) => Promise<InspectedContainer | undefined>;

/**
 * Asks the plugins about containers from inspect documents, as `docker inspect` prints them.
 * @throws {CallsignError} when a document is none, or a plugin cannot be read or loaded
 */
export async function previewDocuments(
  options: RegistrarOptions,
  documents: readonly unknown[],
): Promise<readonly Preview[]> {
  const containers = documents.map(readContainer);
  const bad = containers.findIndex(({ id }) => !/^[0-9a-f]{12,64}$/.test(id));
  if (bad >= 0) throw notInspected(bad);
  const inspect: Inspect = async (wanted) =>
    containers.find(({ id, name }) => id.startsWith(wanted) || name === `/${wanted}`);
  return preview(options, containers, inspect);
}

/**
 * Asks the plugins about the containers that run, and about the services of the Swarm that the Engine leads.
 * @throws {CallsignError} when the Engine does not answer, or a plugin cannot be read or loaded
 */
export async function previewRunning(
  options: RegistrarOptions,
  signal: AbortSignal,
): Promise<readonly Preview[]> {
  const { docker, tls } = settingsOf(options);
  const engine = new DockerEngine(docker, tls);
  const inspect: Inspect = (id) => engine.inspect(id, signal);
  const running = [...(await engine.list(signal)), ...((await engine.services(signal)) ?? [])];
  const containers = await Promise.all(running.map(({ id }) => inspect(id)));
  return preview(
    options,
    containers.filter((container) => container !== undefined),
    inspect,
  );
}

async function preview(
  options: RegistrarOptions,
  containers: readonly InspectedContainer[],
  inspect: Inspect,
): Promise<readonly Preview[]> {
  const settings = settingsOf(options);
  const lines: ConsoleLine[] = [];
  const host = await createHost(options, settings, (line) => lines.push(line));
  try {
    await host.start();
    const previews: Preview[] = [];
    for (const container of containers) {
      const found = await previewOne(container, { options, settings, host, inspect });
      const said = lines.splice(0).map(({ plugin, line }) => ({ plugin, line }));
      previews.push({ ...found, console: said });
    }
    return previews;
  } finally {
    await host.close();
  }
}

async function createHost(
  { plugins, ttl, environment, region }: RegistrarOptions,
  { domain }: RegistrarSettings,
  onConsole: (line: ConsoleLine) => void,
): Promise<PluginHost> {
  const defaults = { ttl, environment, region, domain: domain.slice(0, -1) };
  return new PluginHost({ plugins: await readPlugins(plugins), defaults, log: silentLog, onConsole });
}

interface Scene {
  readonly options: RegistrarOptions;
  readonly settings: RegistrarSettings;
  readonly host: PluginHost;
  readonly inspect: Inspect;
}

async function previewOne(
  inspected: InspectedContainer,
  { options, settings, host, inspect }: Scene,
): Promise<Omit<Preview, 'console'>> {
  const subject = { container: inspected.id.slice(0, 12), name: inspected.name };
  const found = await inItsNetwork(inspected, inspect);
  const { rules, domain } = settings;
  if (!isAnnounced(found, rules.health)) return { ...subject, ...skipped(inLife(found)) };
  const { explicit, publishAddress } = options;
  const identity = { ...options, domain };
  try {
    const snapshot = { ...found, address: addressOf(found, rules) };
    const decision = await decide(snapshot, pluginSubject(pluginContainer(snapshot)), {
      plugins: host,
      identity,
      explicit,
      publishAddress,
    });
    return { ...subject, ...decided(decision, snapshot) };
  } catch (error) {
    return { ...subject, ...failed(error) };
  }
}

type Outcome = Omit<Preview, 'container' | 'name' | 'console'>;

function decided({ plugin, services, records, refused, why }: Decision, of: ContainerSnapshot): Outcome {
  const reasons = [...refused, ...(why === undefined ? [] : [why])];
  return {
    state: records.size > 0 ? 'published' : 'skipped',
    plugin,
    reasons: of.address === undefined ? [...reasons, whyWithoutAddress(of)] : reasons,
    services,
    records: [...records].map(([key, value]) => ({ name: nameOfKey(key), key, value: JSON.parse(value) })),
  };
}

function whyWithoutAddress(container: ContainerSnapshot): string {
  const network = container.labels[NETWORK_LABEL] ?? '';
  if (isOnHost(container)) return 'it is on the network of its machine, whose address --host-address gives';
  if (network === '') return 'it has no address of its own';
  return `it has no address in the network "${shortened(network)}" that its label ${NETWORK_LABEL} names`;
}

function skipped(reason: string): Outcome {
  return { state: 'skipped', plugin: undefined, reasons: [reason], services: [], records: [] };
}

function failed(error: unknown): Outcome {
  const plugin = error instanceof PluginError ? error.plugin : undefined;
  return { state: 'failed', plugin, reasons: [describe(error)], services: [], records: [] };
}

function inLife({ running, health }: InspectedContainer): string {
  return running
    ? `its health check says "${health}"`
    : 'it does not run, is paused or is about to be restarted';
}

function notInspected(at: number): CallsignError {
  return new CallsignError('CONTAINER_INVALID', `document ${at + 1} is no container's inspect document`, {
    cure: 'Write it by: docker inspect CONTAINER > inspect.json',
  });
}
