import { CallsignError } from '@callsign/daemon';

export interface Settings {
  /** Where the nameserver answers: an address that containers reach. */
  readonly address: string;
  /** Owner names. */
  readonly domains: readonly string[];
  /** Whom it asks for other names; none: those of /etc/resolv.conf. */
  readonly upstreams: readonly string[];
}

/** A machine as far as its set-up depends on it. */
export interface Machine {
  /** What is in a file, or undefined when there is none. */
  readonly read: (path: string) => string | undefined;
  /** The systemd units that ship, by their file names. */
  readonly units: ReadonlyMap<string, string>;
}

export interface PlannedFile {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
}

export interface Plan {
  readonly files: readonly PlannedFile[];
  /** What is left for people, line by line. */
  readonly next: readonly string[];
}

const DAEMON_JSON = '/etc/docker/daemon.json';
const RESOLVED = '/etc/systemd/resolved.conf';

/**
 * What a machine needs so that its containers and itself ask Callsign. A file of settings that is there already is
 * its owner's, and stays as it is.
 * @throws {CallsignError} when a file that has to be changed cannot be understood
 */
export function planInstall(settings: Settings, { read, units }: Machine): Plan {
  const daemon = readDaemon(read(DAEMON_JSON));
  const upstreams =
    settings.upstreams.length > 0 ? settings.upstreams : upstreamsIn(daemon, settings.address);
  const file = (path: string, after: string): PlannedFile => ({ path, before: read(path), after });
  const own = (path: string, after: string): PlannedFile => file(path, read(path) ?? after);
  const resolved = read(RESOLVED) !== undefined;
  return {
    files: [
      own('/etc/callsign/nameserver.env', nameserverSettings({ ...settings, upstreams })),
      own('/etc/callsign/registrar.env', `CALLSIGN_DOMAIN=${bare(settings.domains)[0]}\n`),
      ...[...units].map(([name, unit]) => file(`/etc/systemd/system/${name}`, unit)),
      file(DAEMON_JSON, daemonFile(read(DAEMON_JSON), daemon, settings.address)),
      ...(resolved ? [file('/etc/systemd/resolved.conf.d/callsign.conf', stubDomains(settings))] : []),
    ],
    next: [
      ...(units.size === 0 ? [] : starting([...units.keys()])),
      ...(resolved ? ['systemctl restart systemd-resolved'] : []),
      'systemctl restart docker   # its containers stop, unless "live-restore" is set',
      'callsign doctor',
    ],
  };
}

function starting(units: readonly string[]): string[] {
  const names = units.map((unit) => unit.replace('.service', ''));
  return ['systemctl daemon-reload', `systemctl enable --now ${names.join(' ')}`];
}

type Daemon = Readonly<Record<string, unknown>>;

function readDaemon(text: string | undefined): Daemon {
  try {
    const found: unknown = text === undefined || text.trim() === '' ? {} : JSON.parse(text);
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Daemon;
  } catch {
    // Told below.
  }
  throw new CallsignError('INSTALL_FILE', `${DAEMON_JSON} is not a JSON object`, {
    cure: 'Correct it first: Docker does not start with it either',
  });
}

/** Those that containers asked so far are whom the nameserver asks from now on. */
function upstreamsIn({ dns }: Daemon, ours: string): string[] {
  const named = Array.isArray(dns) ? dns.filter((server) => typeof server === 'string') : [];
  return named.filter((server) => server !== ours);
}

/**
 * Ours alone: a C library that asks all at once (musl) would take the first NXDOMAIN of another for the answer.
 * A file that says so already stays as it is written.
 */
function daemonFile(text: string | undefined, daemon: Daemon, address: string): string {
  const says = Array.isArray(daemon.dns) && daemon.dns.length === 1 && daemon.dns[0] === address;
  return text !== undefined && says
    ? text
    : `${JSON.stringify({ ...daemon, dns: [address] }, undefined, 2)}\n`;
}

function nameserverSettings({ address, domains, upstreams }: Settings): string {
  const at = address.includes(':') ? `[${address}]` : address;
  const lines = [
    `CALLSIGN_DNS=${at}:53`,
    'CALLSIGN_HTTP=127.0.0.1:8080',
    `CALLSIGN_DOMAIN=${bare(domains).join(',')}`,
  ];
  if (upstreams.length > 0) lines.push(`CALLSIGN_NAMESERVER=${upstreams.join(',')}`);
  return `${lines.join('\n')}\n`;
}

/** A route for our names, and for no others (resolved.conf(5)). */
function stubDomains({ address, domains }: Settings): string {
  const routes = bare(domains).map((domain) => `~${domain}`);
  return `[Resolve]\nDNS=${address}\nDomains=${routes.join(' ')}\n`;
}

function bare(domains: readonly string[]): string[] {
  return domains.map((domain) => domain.replace(/\.$/, ''));
}
