import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { CallsignError } from '@callsign/daemon';

/** Where a certificate and its private key are kept, PEM both. */
export interface CertificateFiles {
  /** The server's own certificate first, then those between it and the authority. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate that has been found fit to be shown. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Milliseconds since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
}

/** A certificate, its key, or both cannot be used. */
export class CertificateError extends CallsignError {
  constructor(problem: string, cure: string, cause?: unknown) {
    super('CERTIFICATE_INVALID', problem, { cure, cause });
  }
}

/** @throws {CertificateError} naming the file, what is wrong with it, and the cure */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([read(files.cert), read(files.key)]);
  return checkCertificate(files, cert, key);
}

function checkCertificate(files: CertificateFiles, cert: Buffer, key: Buffer): Certificate {
  const leaf = parseLeaf(files.cert, cert);
  if (!leaf.checkPrivateKey(parseKey(files.key, key))) {
    throw new CertificateError(
      `the key in ${files.key} is not the key of the certificate in ${files.cert}`,
      `Name the two files that belong together; a chain has the server's own certificate first`,
    );
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new CertificateError(
      `TLS does not take the certificate in ${files.cert}`,
      'Have it made anew, with an RSA key of 2048 bits or more or an EC key, signed by SHA-256 or better',
      error,
    );
  }
  return { cert, key, validFrom: leaf.validFromDate.getTime(), validTo: leaf.validToDate.getTime() };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CertificateError(
      `${path} cannot be read`,
      'Correct --tls-cert and --tls-key, or the rights of the file: the daemon has to be able to read it',
      error,
    );
  }
}

function parseLeaf(path: string, cert: Buffer): X509Certificate {
  try {
    // It takes the binary form too, which TLS then would not.
    if (!cert.includes('-----BEGIN ')) throw new Error('there is no PEM in it');
    return new X509Certificate(cert);
  } catch (error) {
    throw new CertificateError(
      `${path} holds no certificate`,
      'It has to begin with "-----BEGIN CERTIFICATE-----"; see what it is by "openssl x509 -in FILE -noout -text"',
      error,
    );
  }
}

function parseKey(path: string, key: Buffer): KeyObject {
  try {
    return createPrivateKey(key);
  } catch (error) {
    const encrypted = key.includes('ENCRYPTED');
    throw new CertificateError(
      `${path} holds no private key${encrypted ? ' that can be read without a passphrase' : ''}`,
      encrypted
        ? 'Take the passphrase away by "openssl pkey -in FILE -out FILE.open", and guard the file by its rights'
        : 'It has to have a line like "-----BEGIN PRIVATE KEY-----"; see what it is by "openssl pkey -in FILE -noout"',
      error,
    );
  }
}
