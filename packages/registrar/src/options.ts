import { isIP } from 'node:net';
import { domainName, MAX_LEASE, safeLabel } from '@callsign/catalog';
import {
  commaList,
  list,
  OptionsError,
  option,
  optional,
  toggle,
  type ValuesOf,
  wholeNumber,
} from '@callsign/daemon';
import { type DockerAddress, parseDockerAddress, type TlsFiles } from './engine/address.ts';
import { HEALTH_RULES, type HealthRule } from './reconcile/life.ts';
import type { LoopRules } from './reconcile/loop.ts';

/**
 * The registrar's options; `hostname` is what `--node` falls back to. The names in the table are the flags, so that
 * a command which spreads several tables has each shared option (`--domain`, `--ttl`) once.
 */
export function registrarOptions(hostname: string) {
  return {
    domain: list({
      flag: 'domain',
      value: 'NAME',
      fallback: ['docker'],
      text: 'domain that the names are in; the first one where it is repeated',
      parse: domainName,
    }),
    environment: option({
      flag: 'environment',
      value: 'LABEL',
      fallback: 'dev',
      text: "the names' label below the domain; '' leaves it out",
      parse: (text) => (text === '' ? '' : safeLabel(text)),
    }),
    region: option({
      flag: 'region',
      value: 'LABEL',
      fallback: 'default',
      text: "the names' label for where this machine is",
      parse: safeLabel,
    }),
    node: option({
      flag: 'node',
      value: 'LABEL',
      fallback: hostname,
      text: "this machine's label, different on every one that shares a store",
      parse: safeLabel,
    }),
    ttl: option({
      flag: 'ttl',
      value: 'SECONDS',
      fallback: '30',
      text: 'how long an answer may be kept, where a plugin does not say',
      parse: wholeNumber(1, 2 ** 31 - 1),
    }),
    lease: option({
      flag: 'lease',
      value: 'SECONDS',
      fallback: '30',
      text: 'how long the records outlive a registrar that dies',
      parse: wholeNumber(2, MAX_LEASE),
    }),
    beat: optional({
      flag: 'beat',
      value: 'SECONDS',
      text: 'how often the lease is renewed; a third of it when left out',
      parse: wholeNumber(1, MAX_LEASE),
    }),
    plugins: list({
      flag: 'plugins',
      value: 'PLUGIN',
      fallback: ['labels', 'dnsdock', 'registrator', 'default'],
      text: 'createService scripts, folders of them, or shipped ones by name, in order; may be repeated',
      parse: String,
    }),
    explicit: toggle({
      flag: 'explicit',
      text: 'publish only containers whose labels or environment ask for a name, or which a plugin of your own names',
    }),
    networks: commaList({
      flag: 'network',
      value: 'NAME',
      text: 'network whose address is published of a container in several; may be repeated, the first it is in counts',
      parse: (text) => text,
    }),
    hostAddress: optional({
      flag: 'host-address',
      value: 'IP',
      text: "this machine's address, for containers on its own network; --publish-address when left out",
      parse: ipAddress,
    }),
    publishAddress: optional({
      flag: 'publish-address',
      value: 'IP',
      text: "this machine's address for callers elsewhere: names lead to its published ports, and to no other",
      parse: ipAddress,
    }),
    health: option({
      flag: 'health',
      value: 'RULE',
      fallback: 'healthy',
      text: 'containers with a health check are announced while "healthy"; "ignore" does not ask for it',
      parse: healthRule,
    }),
    drain: option({
      flag: 'drain',
      value: 'SECONDS',
      fallback: '0',
      text: 'how long a container that was asked to stop goes on without its names; 0 keeps them until it ends',
      parse: wholeNumber(0, 86_400),
    }),
    docker: option({
      flag: 'docker',
      short: 's',
      env: ['DOCKER_HOST'],
      value: 'ADDRESS',
      fallback: 'unix:///var/run/docker.sock',
      text: 'the Docker Engine: unix://PATH, a path, or tcp://HOST:PORT',
      parse: parseDockerAddress,
    }),
    tlsverify: toggle({
      flag: 'tlsverify',
      env: ['DOCKER_TLS_VERIFY'],
      text: 'speak TLS to the Docker Engine; any of the following does, too',
    }),
    tlscacert: pemFile('tlscacert', "the authority that signed the Docker Engine's certificate"),
    tlscert: pemFile('tlscert', "the registrar's own certificate for the Docker Engine"),
    tlskey: pemFile('tlskey', 'the key of that certificate'),
    tlspath: optional({
      flag: 'tlspath',
      env: ['DOCKER_CERT_PATH'],
      value: 'DIR',
      text: 'folder with ca.pem, cert.pem and key.pem, for those of the three that are not named',
      parse: (text) => text,
    }),
  };
}

function ipAddress(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new Error(`"${text}" is no IP address`);
}

function healthRule(text: string): HealthRule {
  const found = HEALTH_RULES.find((rule) => rule === text);
  if (found !== undefined) return found;
  throw new Error(`"${text}" is neither ${HEALTH_RULES.join(' nor ')}`);
}

function pemFile(flag: string, text: string) {
  return optional({ flag, value: 'FILE', text, parse: (path) => path });
}

export type RegistrarOptions = ValuesOf<ReturnType<typeof registrarOptions>>;

/** What the options come to once they are seen together. */
export interface RegistrarSettings {
  /** The first domain, as an owner name. */
  readonly domain: string;
  readonly docker: DockerAddress;
  readonly tls: TlsFiles;
  readonly beat: number;
  readonly rules: LoopRules;
}

/** @throws {OptionsError} when options that are right by themselves do not fit together */
export function settingsOf(options: RegistrarOptions): RegistrarSettings {
  const { lease, beat = Math.max(1, Math.floor(lease / 3)) } = options;
  if (beat >= lease)
    throw new OptionsError([`--beat: ${beat} is not shorter than --lease, which is ${lease}`]);
  const domain = options.domain[0];
  if (domain === undefined) throw new OptionsError(['--domain: there must be one']);
  return { domain, beat, rules: rulesOf(options), tls: tlsFiles(options), docker: dockerAddress(options) };
}

function rulesOf({ networks, health, drain, publishAddress, hostAddress }: RegistrarOptions): LoopRules {
  return { networks, health, drain, hostAddress: hostAddress ?? publishAddress };
}

/** A folder of certificates alone asks for no TLS, as with Docker's own client. */
function dockerAddress({ docker, tlsverify, tlscacert, tlscert, tlskey }: RegistrarOptions): DockerAddress {
  const asked = tlsverify || [tlscacert, tlscert, tlskey].some((file) => file !== undefined);
  return docker.kind === 'tcp' && asked ? { ...docker, tls: true } : docker;
}

function tlsFiles({ tlscacert, tlscert, tlskey, tlspath }: RegistrarOptions): TlsFiles {
  const within = (name: string) => (tlspath === undefined ? undefined : `${tlspath}/${name}`);
  return {
    ca: tlscacert ?? within('ca.pem'),
    cert: tlscert ?? within('cert.pem'),
    key: tlskey ?? within('key.pem'),
  };
}
