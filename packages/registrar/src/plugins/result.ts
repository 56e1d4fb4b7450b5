import { PluginError } from './errors.ts';

/** A service as a plugin described it; null stands for what it left out. */
export interface Draft {
  readonly service: string;
  readonly instance: string;
  readonly host: string;
  /** Skydock's ToInteger of nothing is 0. */
  readonly port: number;
  readonly environment: string | null;
  readonly region: string | null;
  readonly ttl: number | null;
  readonly priority: number | null;
  readonly weight: number | null;
  readonly text: string | null;
  readonly group: string | null;
  readonly mail: boolean;
  /** Further names, as the plugin spelled them. */
  readonly aliases: readonly string[];
  readonly protocol: string | null;
  readonly portName: string | null;
  readonly scheme: string | null;
  readonly alpn: readonly string[];
}

/** One call's report, read with the distrust that everything from outside gets. */
export interface ReadReport {
  /** Undefined: the plugin passes. */
  readonly drafts: readonly Draft[] | undefined;
  readonly failure: PluginError | undefined;
  readonly console: readonly string[];
}

export function readReport(plugin: string, text: string): ReadReport {
  const report = record(parsed(text));
  const lines = Array.isArray(report.console) ? report.console.map(String) : [];
  const failed = (failure: PluginError): ReadReport => ({ drafts: undefined, failure, console: lines });
  if (typeof report.threw === 'string') {
    return failed(new PluginError(plugin, 'threw', `threw ${report.threw}`));
  }
  if (typeof report.refused === 'string') return failed(new PluginError(plugin, 'nonsense', report.refused));
  if (report.services === undefined) return { drafts: undefined, failure: undefined, console: lines };
  try {
    return { drafts: draftsOf(plugin, report.services), failure: undefined, console: lines };
  } catch (error) {
    return failed(error as PluginError);
  }
}

function draftsOf(plugin: string, services: unknown): readonly Draft[] {
  if (!Array.isArray(services)) throw new PluginError(plugin, 'nonsense', 'returned no services');
  return services.map((service) => draftOf(plugin, record(service)));
}

function draftOf(plugin: string, fields: Readonly<Record<string, unknown>>): Draft {
  const required = (field: string): string => {
    const value = optional(fields[field]);
    if (value === null) throw new PluginError(plugin, 'nonsense', `returned a service without ${field}`);
    if (value === '') throw new PluginError(plugin, 'nonsense', `returned a service with an empty ${field}`);
    return value;
  };
  return {
    service: required('Service'),
    instance: required('Instance'),
    host: required('Host'),
    port: whole(fields.Port) ?? 0,
    environment: optional(fields.Environment),
    region: optional(fields.Region),
    ttl: whole(fields.TTL),
    priority: whole(fields.Priority),
    weight: whole(fields.Weight),
    text: optional(fields.Text),
    group: optional(fields.Group),
    mail: fields.Mail === true,
    aliases: texts(fields.Aliases),
    protocol: optional(fields.Protocol),
    portName: optional(fields.PortName),
    scheme: optional(fields.Scheme),
    alpn: texts(fields.ALPN),
  };
}

function optional(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function whole(value: unknown): number | null {
  return Number.isInteger(value) ? (value as number) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { refused: 'returned what cannot be read' };
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Record<string, unknown>;
}
