/**
 * What a Callsign plugin is given and what it returns, for editors and for `tsc --checkJs`. A plugin stays plain
 * JavaScript; one comment gives it all of this:
 *
 *     /** @type {import('./callsign-plugin').CreateService} *\/
 *     function createService(container) { … }
 */

/**
 * Takes a container and says what it is called; null or undefined passes it on to the next plugin. A plugin that
 * looks for certain labels or variables alone saves time among thousands of containers by saying so: it is not asked
 * about those in which none of the texts occurs that stand in `createService.onlyWith = ['com.acme.']`. One that names
 * a Swarm's services too says `createService.services = true`.
 */
export type CreateService = (container: Container) => Service | Service[] | null | undefined;

/** A container that runs, in skydock's and Docker's spelling. A plugin may change it; nobody else will see that. */
export interface Container {
  /** `service` for a Swarm's service, in the shape of one container that answers at its virtual address. */
  Kind: 'container' | 'service';
  /** 64 hex digits; a service's are 25 letters and digits. */
  Id: string;
  /** With its slash: `/redis1`. */
  Name: string;
  /** As it was asked for: `redis:7.2`. */
  Image: string;
  Config: {
    Hostname: string;
    Image: string;
    /** Lines `NAME=value`; {@link Helpers.env} reads them. */
    Env: string[];
    Labels: Record<string, string>;
  };
  NetworkSettings: {
    /** The container's address, '' when it has none of its own. */
    IpAddress: string;
    /** The same, in Docker's spelling. */
    IPAddress: string;
    /** By `6379/tcp`; where it is published, null when it is only exposed. {@link Helpers.ports} sorts them. */
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>;
    /** By the networks' names. */
    Networks: Record<string, { IPAddress: string; GlobalIPv6Address: string }>;
  };
  /** Docker's own object. */
  State: State;
}

export interface State {
  /** `running`, `paused`, `restarting`, … */
  Status?: string;
  Running?: boolean;
  /** In RFC 3339's form, as `2026-01-31T12:00:00.000000000Z`. */
  StartedAt?: string;
  /** Absent: the container has no health check. */
  Health?: { Status: 'none' | 'starting' | 'healthy' | 'unhealthy'; FailingStreak: number };
  /** Whatever else this Engine says. */
  [field: string]: unknown;
}

/** What may be left out, in any way of doing so. */
type Maybe<T> = T | null | undefined;

/**
 * One service: `<id>.<node>.<Region>.<Instance>.<Service>.<Environment>.<domain>`. What becomes a label is made safe:
 * lower case, everything but letters, digits and `-` becomes `-`. What is out of its range or too long is refused.
 */
export interface Service {
  Service: string;
  Instance: string;
  /** An address, or another name that it is an alias for. */
  Host: string;
  /** 0 to 65535, 0 when left out. */
  Port?: Maybe<number | string>;
  /** Seconds; `--ttl` when left out. */
  TTL?: Maybe<number | string>;
  /** `--environment` when left out; '' leaves the label out. */
  Environment?: Maybe<string>;
  /** `--region` when left out. */
  Region?: Maybe<string>;
  /** Of SRV and MX: lower is asked first; 10 when left out. */
  Priority?: Maybe<number | string>;
  /** Of SRV, among equal priorities; 100 when left out. */
  Weight?: Maybe<number | string>;
  /** Answered to TXT. */
  Text?: Maybe<string>;
  /** Only one group is answered for a name that several share (SkyDNS's group). */
  Group?: Maybe<string>;
  /** True: it is a mail exchanger too. */
  Mail?: Maybe<boolean | string>;
  /** Further names: `db.docker`, or `db` for the same; `*.apps.docker` is a wildcard. An array or a comma list. */
  Aliases?: Maybe<string[] | string>;
  /** `tcp`, `udp` or `sctp`; what the container has at that port number when left out. */
  Protocol?: Maybe<string>;
  /** The port's name: `http` answers to SRV `_http._tcp.…`. */
  PortName?: Maybe<string>;
  /** Of HTTPS and SVCB: `https`. */
  Scheme?: Maybe<string>;
  /** Of HTTPS and SVCB: `['h2', 'http/1.1']`. */
  ALPN?: Maybe<string[] | string>;
}

/** One of a container's own ports. */
export interface Port {
  port: number;
  /** `tcp`, `udp` or `sctp`. */
  protocol: string;
  /** True when it can be reached at an address of the host as well. */
  published: boolean;
}

export interface Helpers {
  /** The domain that names are in, without a dot at its end: `docker`. */
  readonly domain: string;
  /** The environment by name, without blanks around the values. */
  env(container: Container): Record<string, string | undefined>;
  /** Published ports first, then the lowest number, TCP before UDP. */
  ports(container: Container): Port[];
  /** The parts of a comma list; `\,` is a comma inside a part. */
  list(text: string | undefined): string[];
  /** A name within the domain, for an alias: `name('a b', 'web', 'dev')` is `a-b.web.dev.docker`. Empty texts are left out. */
  name(...texts: string[]): string;
}

declare global {
  /** `--ttl`, in seconds. */
  const defaultTTL: number;
  /** `--environment`. */
  const defaultEnvironment: string;
  /** `--region`. */
  const defaultRegion: string;
  /** `registry:5000/a/redis:7` and `redis@sha256:…` are `redis`. */
  function cleanImageName(image: string): string;
  /** The text without any `/`. */
  function removeSlash(text: string): string;
  /** Writes to the registrar's log at `--log-level debug`, and to the output of `callsign plugin test`. */
  const console: Record<
    'log' | 'debug' | 'info' | 'warn' | 'error' | 'trace',
    (...values: unknown[]) => void
  >;
  const callsign: Helpers;
}
