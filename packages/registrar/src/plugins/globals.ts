import type { PluginDefaults } from './messages.ts';

/** What a script finds beside the language. */
export interface Globals {
  /** Skydock's own; a function of the same name that a script declares gives way to them. */
  readonly skydock: Readonly<Record<string, unknown>>;
  /** Callsign's; a script may use the name for something else. */
  readonly callsign: Readonly<Record<string, unknown>>;
}

/** As much of a container as the helpers look at; the plugin may have changed it. */
interface Seen {
  readonly Config: { readonly Env: readonly string[] };
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, readonly unknown[] | null>> };
}

/**
 * Runs inside the isolate: its source text goes in, so it may use nothing but its arguments and what the language
 * brings. plugins/callsign-plugin.d.ts tells authors the same.
 */
export function globals(defaults: PluginDefaults, write: (...values: unknown[]) => void): Globals {
  /** `registry:5000/a/redis:7` is `redis`, `redis@sha256:…` too; an image known by its id alone is its short id. */
  function cleanImageName(image: unknown): string {
    const name = `${image}`;
    const [, id = ''] = /^sha256:([0-9a-f]+)$/.exec(name) ?? /^([0-9a-f]{64})$/.exec(name) ?? [];
    if (id !== '') return id.slice(0, 12);
    const last = name.replace(/@.*$/, '').split('/').pop() as string;
    return last.replace(/:.*$/, '');
  }

  function removeSlash(text: unknown): string {
    return `${text}`.replace(/\//g, '');
  }

  /** The environment by name, without blanks around the values; no name is special, `__proto__` neither. */
  function env(container: Seen): Record<string, string> {
    const found: Record<string, string> = Object.create(null);
    for (const line of container.Config.Env) {
      const at = line.indexOf('=');
      if (at > 0) found[line.slice(0, at)] = line.slice(at + 1).trim();
    }
    return found;
  }

  /** The container's own ports: published ones first, then by number, TCP before UDP. */
  function ports(container: Seen) {
    const bindings = container.NetworkSettings.Ports;
    const all = Object.keys(bindings).map((key) => {
      const [number, protocol = 'tcp'] = key.split('/');
      return { port: Number(number), protocol, published: (bindings[key]?.length ?? 0) > 0 };
    });
    const order = (one: (typeof all)[number]) =>
      (one.published ? 0 : 1e6) + one.port * 10 + (one.protocol === 'tcp' ? 0 : 1);
    return all.sort((a, b) => order(a) - order(b));
  }

  /** The parts of a comma list, without blanks around them; `\,` is a comma inside a part. */
  function list(text: unknown): string[] {
    const parts = `${text ?? ''}`.split(/(?<!\\),/);
    return parts.map((part) => part.replace(/\\,/g, ',').trim()).filter((part) => part !== '');
  }

  /** A name within the domain, of texts that become labels as a service's do; one that leaves nothing is left out. */
  function name(...texts: unknown[]): string {
    const labels = texts.map((text) =>
      `${text}`
        .toLowerCase()
        .replace(/[^a-z0-9-]/g, '-')
        .replace(/^-+|-+$/g, ''),
    );
    return [...labels, defaults.domain].filter((label) => label !== '').join('.');
  }

  return {
    skydock: {
      defaultTTL: defaults.ttl,
      defaultEnvironment: defaults.environment,
      defaultRegion: defaults.region,
      cleanImageName,
      removeSlash,
      console: { log: write, debug: write, info: write, warn: write, error: write, trace: write },
    },
    callsign: { domain: defaults.domain, env, ports, list, name },
  };
}
