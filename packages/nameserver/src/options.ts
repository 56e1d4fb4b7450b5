import { availableParallelism } from 'node:os';
import { domainName, ownerName, storeAddress } from '@callsign/catalog';
import {
  commaList,
  envName,
  list,
  type OptionTable,
  option,
  optional,
  socketAddress,
  toggle,
  wholeNumber,
} from '@callsign/daemon';
import { parseNetwork } from '@callsign/dns';
import { parseStub } from './forwarding/stub.ts';
import { upstreamAddress } from './forwarding/upstream-address.ts';
import { parseExcept, parsePreset, parseZoneFile } from './static/override-options.ts';
import { parseView } from './static/views.ts';
import { parseTapAddress } from './tap/tap-address.ts';

const MOST_TTL = 2 ** 31 - 1;
const MOST_THREADS = 64;
/** There are as many ids of queries. */
const MOST_SAMPLED = 65_536;

/** `--nameserver none`: nothing is forwarded. */
export const NO_UPSTREAM = 'none';

/** Loopback, private and link-local networks (RFC 1122, 1918, 3927; RFC 4193, 4291). */
const NEAR = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
];

/** Loopback (RFC 1122, 4291), and the networks that Docker and Podman give their bridges. */
const BRIDGES = ['127.0.0.0/8', '::1', '172.16.0.0/12', '10.88.0.0/15'];

export interface NameserverDefaults {
  readonly store: string;
  readonly dns: string;
  readonly http: string;
}

/** The nameserver's options; `callsign up` has other defaults than the daemon by itself. */
export function nameserverOptions(defaults: NameserverDefaults) {
  return {
    domain: list({
      flag: 'domain',
      env: ['SKYDNS_DOMAIN'],
      value: 'NAME',
      fallback: ['docker'],
      text: 'a zone to be authoritative for; may be repeated',
      parse: domainName,
    }),
    store: option({
      flag: 'store',
      value: 'ADDRESS',
      fallback: defaults.store,
      text: 'where records are kept: embedded[:FILE], etcd://HOST:2379[,HOST:2379]/PREFIX, http://HOST:8080',
      parse: storeAddress,
    }),
    dns: list({
      flag: 'dns',
      env: ['SKYDNS_ADDR', 'SKYDNS_DNS'],
      value: 'ADDRESS:PORT',
      fallback: [defaults.dns],
      text: 'where to answer DNS over UDP and TCP; may be repeated',
      parse: socketAddress(),
    }),
    udpThreads: option({
      flag: 'udp-threads',
      value: 'NUMBER',
      fallback: 'auto',
      text: 'threads that answer over UDP; auto: one for each core; 0: none besides the one that does everything else',
      parse: (text) => (text === 'auto' ? availableParallelism() : wholeNumber(0, MOST_THREADS)(text)),
    }),
    dot: list({
      flag: 'dot',
      value: 'ADDRESS:PORT',
      text: 'where to answer DNS over TLS, for example :853; may be repeated [nowhere]',
      parse: socketAddress(),
    }),
    doh: list({
      flag: 'doh',
      value: 'ADDRESS:PORT',
      text: 'where to answer DNS over HTTPS at /dns-query, for example :443; may be repeated [nowhere]',
      parse: socketAddress(),
    }),
    tlsCert: pemFile(
      'tls-cert',
      'the certificate that --dot and --doh show, and its chain; read again when it changes',
    ),
    tlsKey: pemFile('tls-key', 'the private key of that certificate'),
    proxyProtocol: list({
      flag: 'proxy-protocol',
      value: 'CIDR',
      text: 'a network whose proxies write a PROXY header (version 2) before each connection and datagram; may be repeated',
      parse: parseNetwork,
    }),
    http: list({
      flag: 'http',
      value: 'ADDRESS:PORT',
      fallback: [defaults.http],
      text: 'where to serve REST, health and metrics; may be repeated',
      parse: socketAddress(),
    }),
    allowWrite: list({
      flag: 'allow-write',
      value: 'NETWORK',
      fallback: BRIDGES,
      text: 'whose writes by REST are taken while there is no --token-file; may be repeated',
      parse: parseNetwork,
    }),
    noSkydns1: toggle({ flag: 'no-skydns1', text: "serve nothing of SkyDNS 1's API, below /skydns/" }),
    noDnsdock: toggle({ flag: 'no-dnsdock', text: "serve nothing of dnsdock's API, /services and /set/ttl" }),
    noDashboard: toggle({ flag: 'no-dashboard', text: 'serve no dashboard at /' }),
    nameserver: commaList({
      flag: 'nameserver',
      env: ['SKYDNS_NAMESERVERS'],
      value: 'IP[:PORT]',
      text: `an upstream for every other name; may be repeated; "${NO_UPSTREAM}" forwards nothing [those of /etc/resolv.conf]`,
      parse: (text) => (text === NO_UPSTREAM ? NO_UPSTREAM : upstreamAddress(text)),
    }),
    stub: list({
      flag: 'stub',
      value: 'ZONE=IP[:PORT]',
      text: 'an upstream for one zone and all below it; may be repeated, for one zone too',
      parse: parseStub,
    }),
    allowRecursion: list({
      flag: 'allow-recursion',
      value: 'NETWORK',
      fallback: NEAR,
      text: 'who may ask for names that are not ours; may be repeated; everyone: 0.0.0.0/0 and ::/0',
      parse: parseNetwork,
    }),
    ttl: option({
      flag: 'ttl',
      value: 'SECONDS',
      fallback: '30',
      text: 'TTL of records that have none of their own',
      parse: wholeNumber(0, MOST_TTL),
    }),
    negativeTtl: option({
      flag: 'negative-ttl',
      value: 'SECONDS',
      fallback: '5',
      text: 'how long clients may remember that a name does not exist',
      parse: wholeNumber(0, MOST_TTL),
    }),
    local: optional({
      flag: 'local',
      value: 'NAME',
      text: 'the name of this very server: what local.dns below each domain stands for',
      parse: ownerName,
    }),
    catchAll: toggle({
      flag: 'catch-all',
      text: "answer for any name below a service's own as for the service",
    }),
    forwardCache: option({
      flag: 'forward-cache',
      value: 'BYTES',
      fallback: '16777216',
      text: 'how much memory the answers of upstreams may take; 0 keeps none',
      parse: wholeNumber(0, 2 ** 40),
    }),
    serveStale: option({
      flag: 'serve-stale',
      value: 'SECONDS',
      fallback: '86400',
      text: 'for how long an answer may be given after its time when no upstream answers; 0: never',
      parse: wholeNumber(0, 30 * 86_400),
    }),
    cookieSecretFile: optional({
      flag: 'cookie-secret-file',
      value: 'FILE',
      text: 'what DNS cookies are made with: 32 hexadecimal digits, and on a second line those before them; servers that share an address share it [a random secret]',
      parse: String,
    }),
    queryLog: optional({
      flag: 'query-log',
      value: '1/N',
      text: 'log one query of N, with its client, question, rcode and time: 1/1 all of them, at the cost of speed [none]',
      parse: parseSample,
    }),
    traceSample: option({
      flag: 'trace-sample',
      value: '1/N',
      fallback: '1/100',
      text: 'with --trace, of how many questions that are passed on one has a trace',
      parse: parseSample,
    }),
    dnstap: optional({
      flag: 'dnstap',
      value: 'ADDRESS',
      text: 'tell a reader of dnstap of every message with clients and upstreams: unix:/PATH or tcp://HOST:PORT; one thread answers then [none]',
      parse: parseTapAddress,
    }),
    allowTransfer: list({
      flag: 'allow-transfer',
      value: 'NETWORK',
      text: 'who may have whole zones by AXFR, for example 10.0.0.0/8; may be repeated [nobody]',
      parse: parseNetwork,
    }),
    tsigKey: optional({
      flag: 'tsig-key',
      value: 'FILE',
      text: 'a file of keys as tsig-keygen or keymgr -t prints it: zone transfers have to be signed with one of them',
      parse: String,
    }),
    notify: list({
      flag: 'notify',
      value: 'IP[:PORT]',
      text: 'a secondary to tell of every change by NOTIFY; may be repeated',
      parse: upstreamAddress,
    }),
    zoneFile: list({
      flag: 'zone-file',
      value: 'ZONE=FILE[@VIEW]',
      text: 'a zone in master-file format, read again when it changes; may be repeated',
      parse: parseZoneFile,
    }),
    googleApis: list({
      flag: 'google-apis',
      value: 'PRESET[@VIEW]',
      text: "Google's service names onto private addresses: private, restricted or psc:IP; may be repeated",
      parse: parsePreset,
    }),
    except: list({
      flag: 'except',
      value: 'NAME[@VIEW]',
      text: 'a name in such a zone that is asked upstream after all, with all below it; may be repeated',
      parse: parseExcept,
    }),
    view: list({
      flag: 'view',
      value: 'NAME=CIDR[+CIDR]',
      text: 'clients that have such zones of their own, by their addresses; may be repeated',
      parse: parseView,
    }),
    hideIdentity: toggle({
      flag: 'hide-identity',
      text: 'refuse the questions version.bind and id.server of the class CH, and NSID',
    }),
  } satisfies OptionTable;
}

/** `1/N`. @returns N */
function parseSample(text: string): number {
  const [, every] = /^1\/(\d+)$/.exec(text) ?? [];
  if (every === undefined) throw new Error(`"${text}" is not 1/N, for example 1/100`);
  return wholeNumber(1, MOST_SAMPLED)(every);
}

/** What stands in a PEM file is refused without being repeated: it may be a key, and this ends in a log. */
function pemFile(flag: string, text: string) {
  const parse = (path: string) => {
    if (!path.includes('-----BEGIN')) return path;
    throw new Error(
      `takes the path of a file, not what is in it; the variable is ${envName(flag)}, without _FILE`,
    );
  };
  return optional({ flag, value: 'FILE', text, parse });
}
