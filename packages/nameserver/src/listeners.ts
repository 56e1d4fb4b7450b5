import type { Clock, Log, Part, SocketAddress } from '@callsign/daemon';
import {
  type Certificate,
  type CertificateFiles,
  CertificateWatch,
  type Endpoint,
  HttpsListener,
  type Networks,
  openEndpoint,
  type Responder,
  TlsListener,
  type Transport,
  TransportCounters,
} from '@callsign/dns';

/** Where DNS is answered over TLS and HTTPS. There is no such place without a certificate. */
export interface EncryptedOptions {
  readonly dot: readonly SocketAddress[];
  readonly doh: readonly SocketAddress[];
  readonly certificate: CertificateFiles;
}

export interface ListenersOptions {
  /** Over UDP and TCP. */
  readonly dns: readonly SocketAddress[];
  readonly encrypted?: EncryptedOptions | undefined;
  /** What comes from these networks begins with a PROXY header. */
  readonly proxies?: Networks | undefined;
  readonly responder: Responder;
  readonly log: Log;
  readonly clock: Clock;
}

/** Every socket on which one responder answers DNS. */
export class Listeners implements Part {
  readonly name = 'dns';
  readonly counters: Readonly<Record<Transport, TransportCounters>> = {
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

  /** Absent where nothing is served over TLS. */
  get certificate(): Certificate | undefined {
    return this.#certificate?.current;
  }

  async start(): Promise<void> {
    const { encrypted, dns, responder } = this.#options;
    // What can be wrong with what was given is found before anybody is answered.
    if (encrypted !== undefined) await this.#startEncrypted(encrypted);
    const options = { udp: this.#listening('udp'), tcp: this.#listening('tcp') };
    for (const at of dns) this.#endpoints.push(await openEndpoint(at, responder, options));
  }

  async close(): Promise<void> {
    await this.#certificate?.close();
    await Promise.all([...this.#endpoints, ...this.#dot, ...this.#doh].map((listener) => listener.close()));
  }

  async #startEncrypted({ certificate: files, dot, doh }: EncryptedOptions): Promise<void> {
    const { log, clock, responder } = this.#options;
    const use = (certificate: Certificate) => this.#renew(certificate);
    this.#certificate = new CertificateWatch({ files, log, clock, use });
    const certificate = await this.#certificate.start();
    this.#dot = dot.map((at) => new TlsListener(at, responder, certificate, this.#listening('tls')));
    this.#doh = doh.map((at) => new HttpsListener(at, responder, certificate, this.#listening('https')));
    for (const listener of [...this.#dot, ...this.#doh]) await listener.start();
  }

  #renew(certificate: Certificate): void {
    for (const listener of [...this.#dot, ...this.#doh]) listener.renew(certificate);
  }

  #listening(transport: Transport) {
    return { proxies: this.#options.proxies, counters: this.counters[transport] };
  }
}
