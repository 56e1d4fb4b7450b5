import type { OwnerName, Store } from '@callsign/catalog';
import type { Clock, ListenAt, Log, Metrics, SocketAddress, Tracer } from '@callsign/daemon';
import type { EndpointAt, Network, Networks, TsigKey } from '@callsign/dns';
import type { Identity } from './answer/chaos.ts';
import type { ForwardingOptions } from './forwarding/forwarding.ts';
import type { EncryptedOptions } from './listeners.ts';
import type { OverrideOptions } from './static/override-options.ts';
import type { TapIdentity } from './tap/dnstap.ts';
import type { TapAddress } from './tap/tap-address.ts';

/** What a nameserver is made for. */
export interface NameserverOptions extends ForwardingOptions {
  readonly dns: readonly EndpointAt[];
  /** Absent: neither DNS over TLS nor over HTTPS. */
  readonly encrypted?: EncryptedOptions | undefined;
  /** Networks of proxies that say by PROXY protocol whose questions theirs are. */
  readonly proxies?: Networks | undefined;
  readonly http: readonly ListenAt[];
  /** Seconds. */
  readonly ttl: number;
  /** Seconds. */
  readonly negativeTtl: number;
  /** What `local.dns` below each domain stands for. */
  readonly local?: OwnerName;
  /** True: any name below a service's own answers as the service does. */
  readonly catchAll?: boolean;
  /** What writes need; without one they are taken from `allowWrite` alone. */
  readonly token?: string;
  readonly allowWrite: readonly Network[];
  /** True: SkyDNS 1's API is not served. */
  readonly noSkydns1?: boolean;
  /** True: dnsdock's API is not served. */
  readonly noDnsdock?: boolean;
  /** True: the dashboard is not served. */
  readonly noDashboard?: boolean;
  /** What `/v1/status` tells of this program and of where its records are kept. */
  readonly about?: { readonly version: string; readonly store: string };
  /** What DNS cookies are made with, 16 bytes each, the current one first; absent: a random one. */
  readonly cookieSecrets?: readonly Buffer[];
  /** What `version.bind`, `id.server` and NSID tell; absent: they are refused. */
  readonly identity?: Identity;
  /** Threads that answer over UDP; 0: the main one does. */
  readonly udpThreads?: number;
  /** Memory for the finished answers of each view at most, in bytes; the system gives it when it is first used. */
  readonly answerBytes?: number;
  /** One query of so many is logged; absent: none is. */
  readonly queryLog?: number;
  /** One question of so many that are passed on is traced. */
  readonly traceSample?: number;
  /** Who is told of every message, and as whose; absent: nobody. */
  readonly dnstap?: { readonly at: TapAddress; readonly identity: TapIdentity };
  /** Who may transfer whole zones; empty: nobody. */
  readonly allowTransfer?: readonly Network[];
  /** What queries may be signed with; when there is one, transfers have to be, and NOTIFY is signed with the first. */
  readonly tsigKeys?: readonly TsigKey[];
  /** The secondaries that are told of changes. */
  readonly notify?: readonly SocketAddress[];
  /** Static zones, views and presets; absent: none. */
  readonly overrides?: OverrideOptions;
}

/** What a nameserver is made with. */
export interface NameserverParts {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Told of batches, requests and questions that are passed on; absent: nobody is. */
  readonly tracer?: Tracer | undefined;
}
