import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from './exec.ts';
import { ownedFolder } from './owned.ts';
import { OPENSSL, pathOf } from './parts.ts';

/** Where a certificate and its key are. */
export interface PemFiles {
  readonly cert: string;
  readonly key: string;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];

/** A private authority in a folder of its own, made by the real openssl. */
export class Authority {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<Authority> {
    const authority = new Authority(await ownedFolder('tls'));
    await authority.#request('ca', '/CN=test authority', []);
    return authority;
  }

  /** The file of its own certificate. */
  get ca(): string {
    return this.#path('ca.pem');
  }

  caBytes(): Promise<Buffer> {
    return readFile(this.ca);
  }

  /** Signs a certificate for 127.0.0.1 and a name. */
  async issue(name: string): Promise<PemFiles> {
    const names = `subjectAltName=DNS:${name},IP:127.0.0.1`;
    const signed = ['-CA', this.ca, '-CAkey', this.#path('ca.key'), '-addext', names];
    await this.#request(name, `/CN=${name}`, signed);
    return this.files(name);
  }

  /** Where the certificate for a name is, once issued. */
  files(name: string): PemFiles {
    return { cert: this.#path(`${name}.pem`), key: this.#path(`${name}.key`) };
  }

  /** Runs openssl in its folder. */
  async openssl(...args: readonly string[]): Promise<void> {
    await exec(pathOf(OPENSSL), args, { cwd: this.directory });
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #request(name: string, subject: string, how: readonly string[]): Promise<void> {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    await this.openssl('req', '-x509', ...EC_KEY, ...how, ...out, '-subj', subject);
  }

  #path(file: string): string {
    return join(this.directory, file);
  }
}
