import type { Clock, ListenAt, Log, Metrics, Part, SocketAddress } from '@callsign/daemon';
import {
  batchingHindrance,
  type Certificate,
  type CertificateFiles,
  CertificateWatch,
  type Endpoint,
  type EndpointAt,
  HttpsListener,
  type Networks,
  openEndpoint,
  type Responder,
  TlsListener,
  type Transport,
  TransportCounters,
  type Workers,
} from '@callsign/dns';
import { everywhere } from './everywhere.ts';
import { NAMESERVER_METRICS as METRICS } from './metrics.ts';

/** Where DNS is answered over TLS and HTTPS. There is no such place without a certificate. */
export interface EncryptedOptions {
  readonly dot: readonly ListenAt[];
  readonly doh: readonly ListenAt[];
  readonly certificate: CertificateFiles;
}

export interface ListenersOptions {
  /** Over UDP and TCP. */
  readonly dns: readonly EndpointAt[];
  readonly encrypted?: EncryptedOptions | undefined;
  /** What comes from these networks begins with a PROXY header. */
  readonly proxies?: Networks | undefined;
  readonly responder: Responder;
  /** Threads that answer over UDP; absent: this one does. */
  readonly workers?: Workers | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

/** Every socket on which one responder answers DNS. */
export class Listeners implements Part {
  readonly name = 'dns';
  readonly #counters: Readonly<Record<Transport, TransportCounters>> = {
    udp: new TransportCounters(),
    tcp: new TransportCounters(),
    tls: new TransportCounters(),
    https: new TransportCounters(),
  };
  readonly #options: ListenersOptions;
  readonly #endpoints: Endpoint[] = [];
  #dot: readonly TlsListener[] = [];
  #doh: readonly HttpsListener[] = [];
  #certificate: CertificateWatch | undefined;
  #threads = 0;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** Where DNS over UDP and TCP is answered, once started. */
  get dns(): readonly SocketAddress[] {
    return this.#endpoints.map(({ address }) => address);
  }

  get dot(): readonly SocketAddress[] {
    return this.#dot.map(({ address }) => address);
  }

  get doh(): readonly SocketAddress[] {
    return this.#doh.map(({ address }) => address);
  }

  async start(): Promise<void> {
    const { encrypted, dns, responder } = this.#options;
    // What can be wrong with what was given is found before anybody is answered.
    if (encrypted !== undefined) await this.#startEncrypted(encrypted);
    const workers = await this.#possibleWorkers();
    this.#threads = workers === undefined ? 0 : workers.threads * dns.length;
    const options = { udp: this.#listening('udp'), tcp: this.#listening('tcp'), workers };
    for (const at of dns.map(everywhere)) this.#endpoints.push(await openEndpoint(at, responder, options));
  }

  /** Datagrams of proxies have to be looked into, which the threads do not do. */
  async #possibleWorkers(): Promise<Workers | undefined> {
    const { workers, proxies, log } = this.#options;
    if (workers === undefined || proxies !== undefined) return undefined;
    const hindrance = await batchingHindrance();
    if (hindrance === undefined) return workers;
    log.info('UDP is served by one thread and one datagram at a time', { reason: hindrance });
    return undefined;
  }

  async close(): Promise<void> {
    await this.#certificate?.close();
    await Promise.all([...this.#endpoints, ...this.#dot, ...this.#doh].map((listener) => listener.close()));
  }

  measure(metrics: Metrics): void {
    metrics.measured(METRICS.threads, () => [[this.#threads, {}]]);
    metrics.counted(METRICS.handoverDropped, () => [
      [this.#endpoints.reduce((sum, { dropped }) => sum + dropped, 0), {}],
    ]);
    metrics.measured(METRICS.connections, () => this.#count('open', 'tcp', 'tls', 'https'));
    metrics.counted(METRICS.crowded, () => this.#count('crowded', 'tcp', 'tls', 'https'));
    metrics.counted(METRICS.handshakesFailed, () => this.#count('handshakesFailed', 'tls', 'https'));
    metrics.counted(METRICS.headersRefused, () =>
      this.#count('headersRefused', 'udp', 'tcp', 'tls', 'https'),
    );
    metrics.measured(METRICS.certificateExpiry, () => {
      const shown = this.#certificate?.current;
      return shown === undefined ? [] : [[shown.validTo / 1_000, {}]];
    });
  }

  #count(what: keyof TransportCounters, ...transports: readonly Transport[]) {
    return transports.map((proto) => [this.#counters[proto][what], { proto }] as const);
  }

  async #startEncrypted({ certificate: files, dot, doh }: EncryptedOptions): Promise<void> {
    const { log, clock, responder } = this.#options;
    const use = (certificate: Certificate) => this.#renew(certificate);
    this.#certificate = new CertificateWatch({ files, log, clock, use });
    const certificate = await this.#certificate.start();
    const [tls, https] = [this.#listening('tls'), this.#listening('https')];
    this.#dot = dot.map((at) => new TlsListener(everywhere(at), responder, certificate, tls));
    this.#doh = doh.map((at) => new HttpsListener(everywhere(at), responder, certificate, https));
    for (const listener of [...this.#dot, ...this.#doh]) await listener.start();
  }

  #renew(certificate: Certificate): void {
    for (const listener of [...this.#dot, ...this.#doh]) listener.renew(certificate);
  }

  #listening(transport: Transport) {
    return { proxies: this.#options.proxies, counters: this.#counters[transport] };
  }
}
