import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog, describe as sentence } from '@callsign/daemon';
import { type Certificate, type CertificateFiles, CertificateWatch, readCertificate } from '@callsign/dns';
import { Authority } from '../../../test/support/certificates.ts';
import { ManualClock } from '../../../test/support/clock.ts';
import { OPENSSL, requireParts } from '../../../test/support/parts.ts';
import { eventually } from '../../../test/support/wait.ts';

describe('certificate', () => {
  let authority: Authority;
  let one: CertificateFiles;
  let two: CertificateFiles;
  const at = (file: string) => join(authority.directory, file);

  before(async function () {
    requireParts(this, OPENSSL);
    authority = await Authority.make();
    one = await authority.issue('one.test');
    two = await authority.issue('two.test');
    await writeFile(at('nonsense'), 'nonsense');
    await writeFile(at('cut.pem'), (await readFile(one.cert)).subarray(0, 200));
    await authority.openssl('x509', '-in', one.cert, '-outform', 'DER', '-out', 'one.der');
    await authority.openssl(
      'pkey',
      '-in',
      one.key,
      '-aes128',
      '-passout',
      'pass:secret',
      '-out',
      'locked.key',
    );
    await authority.openssl(
      ...['req', '-x509', '-newkey', 'rsa:512', '-nodes', '-subj', '/CN=weak'],
      ...['-keyout', 'weak.key', '-out', 'weak.pem', '-days', '1'],
    );
  });
  after(() => authority?.close());

  it('is read with the time for which it is valid', async () => {
    const { validFrom, validTo } = await readCertificate(one);
    assert.equal(validTo - validFrom, 86_400_000);
  });

  it('is read with its chain behind it', async () => {
    await writeFile(at('chain.pem'), Buffer.concat([await readFile(one.cert), await authority.caBytes()]));
    assert.ok((await readCertificate({ ...one, cert: at('chain.pem') })).validTo > 0);
  });

  for (const [what, files, said] of [
    ['a file that is not there', { cert: 'none.pem' }, /none\.pem cannot be read: ENOENT.*--tls-cert/],
    ['a key that is not there', { key: 'none.key' }, /none\.key cannot be read: ENOENT.*--tls-key/],
    ['nonsense', { cert: 'nonsense' }, /nonsense holds no certificate: there is no PEM in it.*openssl x509/],
    ['a certificate that is cut', { cert: 'cut.pem' }, /cut\.pem holds no certificate/],
    ['the binary form', { cert: 'one.der' }, /one\.der holds no certificate: there is no PEM in it/],
    ['a key in place of a certificate', { cert: 'one.test.key' }, /one\.test\.key holds no certificate/],
    ['a nonsensical key', { key: 'nonsense' }, /nonsense holds no private key: .*openssl pkey/],
    ['a certificate in place of a key', { key: 'one.test.pem' }, /one\.test\.pem holds no private key/],
    [
      'a key behind a passphrase',
      { key: 'locked.key' },
      /locked\.key holds no .* without a passphrase: .*openssl pkey/,
    ],
    [
      'the key of another',
      { key: 'two.test.key' },
      /two\.test\.key is not the key of the certificate in .*one\.test\.pem/,
    ],
    [
      'an authority before the server',
      { cert: 'ca.pem' },
      /is not the key of .* the server's own certificate first/,
    ],
    [
      'a weak key',
      { cert: 'weak.pem', key: 'weak.key' },
      /TLS does not take .*weak\.pem: .*too small.*2048 bits/,
    ],
  ] as [string, Partial<CertificateFiles>, RegExp][]) {
    it(`is refused, with cause and cure: ${what}`, async () => {
      const cert = files.cert === undefined ? one.cert : at(files.cert);
      const key = files.key === undefined ? one.key : at(files.key);
      await assert.rejects(readCertificate({ cert, key }), (error: unknown) => {
        assert.equal((error as { code?: string }).code, 'CERTIFICATE_INVALID');
        assert.match(sentence(error), said);
        return true;
      });
    });
  }

  describe('watch', () => {
    let clock: ManualClock;
    let watch: CertificateWatch;
    let used: Certificate[];
    let said: string[];
    let here: CertificateFiles;

    beforeEach(async () => {
      [clock, used, said] = [new ManualClock(Date.now()), [], []];
      await rm(at('live'), { recursive: true, force: true });
      await mkdir(at('live'));
      here = { cert: at('live/tls.crt'), key: at('live/tls.key') };
      await put(one);
    });
    afterEach(() => watch?.close());

    async function put({ cert, key }: CertificateFiles): Promise<void> {
      await copyFile(cert, here.cert);
      await copyFile(key, here.key);
    }

    async function start(files = here): Promise<void> {
      const log = createLog({ level: 'warn', format: 'json', write: (line) => said.push(line) });
      watch = new CertificateWatch({ files, log, clock, use: (certificate) => used.push(certificate) });
      await watch.start();
    }

    /** Lets the files be read so many times. */
    async function read(times: number): Promise<void> {
      for (let left = times; left > 0; left -= 1) {
        await eventually(() => assert.equal(clock.sleeping, 1));
        await clock.advance(5_000);
      }
      await eventually(() => assert.equal(clock.sleeping, 1));
    }

    const shown = () => used.map(({ cert }) => cert.toString());
    const pem = async ({ cert }: CertificateFiles) => (await readFile(cert)).toString();

    it('shows a pair that was written over the old one, once', async () => {
      await start();
      await read(2);
      assert.deepEqual(shown(), []);
      await put(two);
      await read(3);
      assert.deepEqual(shown(), [await pem(two)]);
      assert.deepEqual(said, []);
    });

    it('shows a pair that was renamed into the place of the old one', async () => {
      await start();
      for (const which of ['cert', 'key'] as const) {
        await copyFile(two[which], `${here[which]}.new`);
        await rename(`${here[which]}.new`, here[which]);
      }
      await read(1);
      assert.deepEqual(shown(), [await pem(two)]);
    });

    it('shows a pair whose folder was swapped behind a symlink, as Kubernetes does', async () => {
      for (const [version, { cert, key }] of Object.entries({ v1: one, v2: two })) {
        await mkdir(at(`live/${version}`));
        await copyFile(cert, at(`live/${version}/tls.crt`));
        await copyFile(key, at(`live/${version}/tls.key`));
      }
      await symlink('v1', at('live/..data'));
      for (const file of ['tls.crt', 'tls.key']) {
        await rm(at(`live/${file}`));
        await symlink(`..data/${file}`, at(`live/${file}`));
      }
      await start();
      await symlink('v2', at('live/..data_tmp'));
      await rename(at('live/..data_tmp'), at('live/..data'));
      await read(1);
      assert.deepEqual(shown(), [await pem(two)]);
    });

    it('keeps the old one when the new one does not fit, and says so once', async () => {
      await start();
      await copyFile(two.cert, here.cert);
      await read(1);
      assert.deepEqual(said, [], 'its key may be on the way');
      await read(4);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', /the old one stays.*is not the key of the certificate/);
      assert.equal(watch.current?.cert.toString(), await pem(one));
      await copyFile(two.key, here.key);
      await read(1);
      assert.deepEqual(shown(), [await pem(two)]);
    });

    it('says so again when it is another fault, and nothing when files are missing for a moment', async () => {
      await start();
      await rm(here.key);
      await read(1);
      await copyFile(one.key, here.key);
      await read(1);
      assert.deepEqual(said, []);
      await writeFile(here.cert, 'nonsense');
      await read(2);
      await rm(here.cert);
      await read(2);
      assert.deepEqual(
        said.map((line) => /holds no certificate|cannot be read/.exec(line)?.[0]),
        ['holds no certificate', 'cannot be read'],
      );
    });

    for (const [days, text] of [
      [2, 'has expired'],
      [-2, 'is not valid yet'],
    ] as const) {
      it(`says of a certificate that it ${text}, and shows it`, async () => {
        clock = new ManualClock(Date.now() + days * 86_400_000);
        await start();
        assert.match(said.join(), new RegExp(text));
        assert.ok(watch.current !== undefined);
      });
    }

    it('does not start with a pair that does not fit', async () => {
      await rm(here.key);
      await assert.rejects(start(), { code: 'CERTIFICATE_INVALID' });
    });
  });
});
