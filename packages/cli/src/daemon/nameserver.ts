import { describeStore, isWithin, type OwnerName, type Store } from '@callsign/catalog';
import { type Log, OptionsError, type ValuesOf } from '@callsign/daemon';
import { Networks, parseCookieSecrets, parseTsigKeys, readCertificate, type TsigKey } from '@callsign/dns';
import type { EncryptedOptions, Nameserver, NameserverOptions, Places } from '@callsign/nameserver';
import { NO_UPSTREAM, nameserverOptions } from '@callsign/nameserver/options';
import { defineCommand } from '../command/command.ts';
import type { Host } from '../command/host.ts';
import { readOptionFile } from '../command/option-file.ts';
import { openNamedStore, STORE_ACCESS_OPTIONS } from '../command/store-access.ts';
import { readToken } from '../command/token.ts';
import { VERSION } from '../version.ts';
import { type Means, runDaemon } from './daemon.ts';
import { DAEMON_OPTIONS } from './daemon-options.ts';
import { withPassedSockets } from './systemd.ts';

const RESOLV_CONF = '/etc/resolv.conf';

const OPTIONS = {
  ...nameserverOptions({ store: 'embedded', dns: ':53', http: ':8080' }),
  ...STORE_ACCESS_OPTIONS,
  ...DAEMON_OPTIONS,
};

export const nameserver = defineCommand({
  name: 'nameserver',
  text: 'follows the store and answers DNS',
  options: () => OPTIONS,
  examples: [
    ['nameserver --domain docker --domain corp.example', 'two domains, with the store in a file of its own'],
    ['nameserver --store etcd://10.0.0.1:2379,10.0.0.2:2379/skydns', 'beside others that share an etcd'],
    ['nameserver --dns 172.17.0.1:53 --nameserver 9.9.9.9', "for Docker's default bridge, with an upstream"],
  ],
  run: async (host, given) => {
    const values = await withPassedSockets(host, given);
    const settings = await nameserverSettings(host, values);
    return runDaemon(host, values, {
      name: 'nameserver',
      openStore: (log) => openNameserverStore(host, values, log),
      partsOf: async (means) => [await createNameserver(settings, means)],
    });
  },
});

type Values = ValuesOf<ReturnType<typeof nameserverOptions> & typeof STORE_ACCESS_OPTIONS>;

export async function openNameserverStore(host: Host, values: Values, log: Log): Promise<Store> {
  const address = storeAddressOf(host, values);
  log.info('the store', { store: describeStore(address) });
  return openNamedStore(host, address, values);
}

/** `embedded` by itself means the file where such things are kept on this machine. */
function storeAddressOf(host: Host, { store }: Values): string {
  return store === 'embedded' ? `embedded:${host.stateFile()}` : store;
}

export async function createNameserver(settings: NameserverOptions, means: Means): Promise<Nameserver> {
  const { Nameserver } = await import('@callsign/nameserver');
  return new Nameserver(settings, means);
}

/**
 * What the options come to once they are seen together. To be made before anything is opened.
 * @throws {OptionsError} when they do not fit together, or one of them names a file that cannot be used
 * @throws {ZoneFileError} for zone files that cannot be served
 * @throws {CertificateError} for a certificate that cannot be shown
 */
export async function nameserverSettings(host: Host, values: Values & Places): Promise<NameserverOptions> {
  const { checkOverrides, checkZoneFiles } = await import('@callsign/nameserver');
  const { domain: domains, view: views, zoneFile: zoneFiles, except: excepts, googleApis } = values;
  const overrides = { views, zoneFiles, excepts, googleApis };
  checkOverrides(overrides, domains);
  const encrypted = encryptedBy(values);
  // Read once more when they are served. A store that is away would keep us from ending at once.
  checkZoneFiles(overrides, values);
  if (encrypted !== undefined) await readCertificate(encrypted.certificate);
  const { local, queryLog, dnstap, ...same } = values;
  const identity = { version: `callsign ${VERSION}`, server: host.hostname };
  return {
    ...same,
    domains,
    overrides,
    stubs: values.stub,
    ...upstreamsOf(values),
    ...localOf(values),
    encrypted,
    proxies: values.proxyProtocol.length === 0 ? undefined : new Networks(values.proxyProtocol),
    tsigKeys: readTsigKeys(host, values.tsigKey),
    ...readToken(host, values.tokenFile),
    ...readCookieSecrets(host, values.cookieSecretFile),
    ...(values.hideIdentity ? {} : { identity }),
    about: { version: VERSION, store: describeStore(storeAddressOf(host, values)) },
    ...(queryLog !== undefined && { queryLog }),
    ...(dnstap !== undefined && { dnstap: { at: dnstap, identity } }),
  };
}

function readCookieSecrets(host: Host, path: string | undefined): { readonly cookieSecrets?: Buffer[] } {
  if (path === undefined) return {};
  return { cookieSecrets: readOptionFile(host, 'cookie-secret-file', path, parseCookieSecrets) };
}

function readTsigKeys(host: Host, path: string | undefined): readonly TsigKey[] {
  return path === undefined ? [] : readOptionFile(host, 'tsig-key', path, parseTsigKeys);
}

/** @throws {OptionsError} when there is something to encrypt and nothing to do it with */
function encryptedBy({
  dot,
  doh,
  tlsCert: cert,
  tlsKey: key,
}: Values & Places): EncryptedOptions | undefined {
  if (dot.length + doh.length === 0) return undefined;
  if (cert !== undefined && key !== undefined) return { dot, doh, certificate: { cert, key } };
  throw new OptionsError(['--dot and --doh need a certificate: name its files by --tls-cert and --tls-key']);
}

function localOf({ local, domain }: Values): { readonly local?: OwnerName } {
  if (local === undefined) return {};
  if (domain.some((zone) => isWithin(local, zone))) return { local };
  throw new OptionsError([`--local: ${local} is in none of the domains: ${domain.join(', ')}`]);
}

/**
 * Those that were told, or else those that the system asks.
 * @throws {OptionsError} when none are told beside some
 */
function upstreamsOf({ nameserver: told }: Values) {
  const upstreams = told.filter((upstream) => upstream !== NO_UPSTREAM);
  if (upstreams.length > 0 && upstreams.length < told.length)
    throw new OptionsError([
      `--nameserver: "${NO_UPSTREAM}" forwards nothing, and others are named beside it: leave out the one or the others`,
    ]);
  return { upstreams, ...(told.length === 0 && { resolvConf: RESOLV_CONF }) };
}
