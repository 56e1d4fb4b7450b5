import { type Clock, describe, type Log, systemClock } from '@callsign/daemon';
import { type Certificate, type CertificateFiles, readCertificate } from './certificate.ts';

/**
 * Both files are read again this often. They are small, and no notice of the file system is to be had of a symlink
 * that is swapped elsewhere (Kubernetes), of a network file system, or of a single file mounted into a container.
 */
const EVERY_MS = 5_000;

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  readonly log: Log;
  /** Shows another certificate from the next connection on. */
  readonly use: (certificate: Certificate) => void;
  readonly clock?: Clock;
}

/** Reads the server's certificate, and again whenever its files change. A pair that does not fit is not used. */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #current: Certificate | undefined;
  /** What was wrong when it was last read, and whether that has been said. */
  #fault: { readonly text: string; readonly said: boolean } | undefined;
  #watching: Promise<void> | undefined;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The certificate that is shown; undefined before the start. */
  get current(): Certificate | undefined {
    return this.#current;
  }

  /** @throws {CertificateError} for a pair that cannot be used: with nothing to show there is nothing to serve */
  async start(): Promise<Certificate> {
    const first = await readCertificate(this.#options.files);
    this.#take(first);
    this.#watching = this.#watch();
    return first;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#clock.sleep(EVERY_MS, signal).catch(() => undefined);
      if (!signal.aborted) await this.#readAgain();
    }
  }

  async #readAgain(): Promise<void> {
    try {
      const read = await readCertificate(this.#options.files);
      this.#fault = undefined;
      if (this.#isNew(read)) {
        this.#take(read);
        this.#options.use(read);
        this.#options.log.info('the certificate was replaced', validity(read));
      }
    } catch (error) {
      this.#refuse(describe(error));
    }
  }

  #isNew({ cert, key }: Certificate): boolean {
    return this.#current === undefined || !cert.equals(this.#current.cert) || !key.equals(this.#current.key);
  }

  #take(certificate: Certificate): void {
    this.#current = certificate;
    const now = this.#clock.now();
    const { validFrom, validTo } = certificate;
    if (now < validFrom || now > validTo) {
      const what = now > validTo ? 'has expired' : 'is not valid yet';
      this.#options.log.warn(`the certificate ${what}: clients will refuse it`, validity(certificate));
    }
  }

  /** Said only when it was the same the time before: two files are seldom replaced at the same instant. */
  #refuse(text: string): void {
    const lasting = this.#fault?.text === text;
    if (lasting && this.#fault?.said === false) {
      this.#options.log.warn('the new certificate cannot be used: the old one stays', { error: text });
    }
    this.#fault = { text, said: lasting };
  }
}

function validity({ validFrom, validTo }: Certificate) {
  return { from: new Date(validFrom).toISOString(), to: new Date(validTo).toISOString() };
}
