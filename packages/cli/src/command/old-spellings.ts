import { type Option, OptionsError, type OptionTable } from '@callsign/daemon';

/** What skydock, dnsdock, SkyDNS and registrator called what is an option here as well. */
const RENAMED = table({
  skydns: 'store',
  d: 'dns',
  t: 'http',
  addr: 'dns',
  nameservers: 'nameserver',
  ip: 'publish-address',
  'ttl-refresh': 'beat',
});

/** Their switches that say what is said by a value here. */
const SWITCHES = table({
  verbose: '--log-level=debug',
  v: '--log-level=debug',
  quiet: '--log-level=warn',
  q: '--log-level=warn',
  'no-rec': '--nameserver=none',
});

/** What there is nothing of here, and what to do instead. */
const GONE = table({
  // skydock
  name: 'a nameserver is not looked for among the containers: say where it is, for example --store http://172.17.0.1:8080',
  secret: 'put the token into a file, and name that by --token-file',
  workers: 'leave it out: containers are looked at together',
  // dnsdock
  alias: 'write an alias into a label of the container, see docs/plugins.md',
  createAlias: 'write an alias into a label of the container, see docs/plugins.md',
  all: 'leave it out: a container has names while it runs',
  forcettl: 'leave it out: a TTL by label counts, and --ttl where there is none',
  // SkyDNS
  machines: 'say where etcd is by --store etcd://HOST:2379/skydns',
  'path-prefix': 'it is the path of --store etcd://HOST:2379/PREFIX',
  data: 'say where the store is kept by --store embedded:FILE',
  join: 'nameservers share a store instead: --store etcd://HOST:2379/skydns',
  discover: 'nameservers share a store instead: --store etcd://HOST:2379/skydns',
  'ca-cert': 'use --store etcds://HOST:2379/skydns and --store-ca',
  'tls-pem': 'use --store etcds://HOST:2379/skydns and --store-cert; for clients --tls-cert',
  username: 'it is a part of --store etcd://USER:PASSWORD@HOST:2379/skydns',
  password: 'it is a part of --store etcd://USER:PASSWORD@HOST:2379/skydns',
  etcd3: "leave it out: etcd's v3 API is spoken, and no other",
  stubzones: 'name them by --stub ZONE=IP',
  ndots: 'leave it out: every question is answered as it stands',
  'round-robin': 'leave it out: the order changes with every answer',
  'no-round-robin': 'there is none: the order changes with every answer',
  'ns-rotate': 'leave it out: the upstream that answers best is asked',
  scache: 'leave it out: answers are kept until what they were made from changes',
  rcache: 'use --forward-cache BYTES',
  'rcache-ttl': 'use --forward-cache BYTES',
  rtimeout: 'leave it out: the next upstream is asked while the first may still answer',
  wtimeout: 'leave it out: who reads too slowly is given up',
  dnssec: 'leave it out: answers are not signed, see docs/dns.md',
  hostmaster: 'leave it out: it is hostmaster.DOMAIN',
  systemd: "leave it out: systemd's sockets are found by their names, see docs/systemd.md",
  // registrator
  internal: 'leave it out: names lead to the containers themselves unless there is a --publish-address',
  useIpFromLabel: 'use the label callsign.host, or a plugin of your own, see docs/plugins.md',
  tags: 'write a plugin of your own, see docs/plugins.md',
  resync: 'leave it out: the list of all containers is compared every five minutes',
  'retry-attempts': 'leave it out: a store that is away is waited for',
  'retry-interval': 'leave it out: a store that is away is waited for',
  cleanup: 'leave it out: what a registrar has left behind ends with its lease',
  deregister: 'leave it out: a container that has ended has no names',
  // CoreDNS
  conf: 'there is no Corefile: what it said is said by options, see docs/coredns-and-external-dns.md',
  'dns.port': 'use --dns :PORT',
});

/** Go's flag package takes one dash for two: `-ttl 30`, `-dns=:53`. */
const OPTION = /^(--?)([a-zA-Z][a-zA-Z.-]*)(=.*)?$/s;
/** Where registrator wrote to: a word by itself. */
const BACKEND = /^(consul|consulkv|etcd|skydns2|zookeeper)(-unix|-tls)?:\/\//;

type Options = readonly Option<unknown>[];

/** A word of the command line, and what came of it. */
interface Read {
  /** `rest`: behind `--`. */
  readonly kind: 'option' | 'value' | 'rest';
  readonly word: string;
  readonly old?: readonly [was: string, now: string];
  readonly problem?: string;
}

export interface Modernised {
  readonly argv: readonly string[];
  /** The old spellings among them, each with how it is written now. */
  readonly old: ReadonlyMap<string, string>;
}

/**
 * The command line in our own spelling. Only what they had and this command has is taken for such; all else stays as it
 * was, and is refused as whole a word as it was typed.
 *
 * @throws {OptionsError} naming each option of theirs that there is none of here
 */
export function modernised(known: OptionTable, argv: readonly string[]): Modernised {
  const options = Object.values(known);
  const read: Read[] = [];
  for (const word of argv) read.push(following(options, read.at(-1), word));
  const problems = read.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw new OptionsError(problems);
  return { argv: read.map(({ word }) => word), old: new Map(read.flatMap(({ old }) => (old ? [old] : []))) };
}

/** What stands behind an option that takes a value is that value, whatever it looks like. */
function following(options: Options, before: Read | undefined, word: string): Read {
  if (before?.kind === 'rest' || (before?.kind === 'option' && before.word === '--'))
    return { kind: 'rest', word };
  if (before?.kind === 'option' && takesValue(options, before.word)) return { kind: 'value', word };
  return { kind: 'option', ...respelled(options, word) };
}

function respelled(options: Options, word: string): Omit<Read, 'kind'> {
  const [, dashes, name = '', value = ''] = OPTION.exec(word) ?? [];
  if (dashes === undefined) return withoutBackend(options, word);
  const was = `${dashes}${name}`;
  const own = options.find(({ flag, short }) => flag === name || `-${short}` === was);
  if (own !== undefined) return renamed(was, `--${own.flag}`, value);
  return (isDaemon(options) ? theirs(options, was, name, value) : undefined) ?? whole(was, value);
}

function theirs(options: Options, was: string, name: string, value: string): Omit<Read, 'kind'> | undefined {
  const flag = RENAMED.get(name);
  if (flag !== undefined && has(options, flag)) return renamed(was, `--${flag}`, value);
  const said = SWITCHES.get(name);
  if (said !== undefined && value !== '=false') return renamed(was, said, '');
  const instead = GONE.get(name);
  return instead === undefined ? undefined : refused(was, `there is no such option here: ${instead}`);
}

function renamed(was: string, now: string, value: string): Omit<Read, 'kind'> {
  // One letter is as good as the whole name.
  return { word: `${now}${value}`, ...(was !== now && was.length > 2 && { old: [was, now] }) };
}

/** parseArgs would take "-colour" for six options of one letter. */
function whole(was: string, value: string): Omit<Read, 'kind'> {
  return { word: `${was.length > 2 ? was.replace(/^-(?!-)/, '--') : was}${value}` };
}

function withoutBackend(options: Options, word: string): Omit<Read, 'kind'> {
  if (!BACKEND.test(word) || !isDaemon(options)) return { word };
  return refused(word, 'say where records go by --store, for example --store etcd://127.0.0.1:2379/skydns');
}

function refused(word: string, why: string): Omit<Read, 'kind'> {
  return { word, problem: `${word}: ${why}` };
}

function takesValue(options: Options, word: string): boolean {
  return options.some(({ flag, value }) => value !== undefined && word === `--${flag}`);
}

/** Only those who have a log take the place of what came before. */
function isDaemon(options: Options): boolean {
  return has(options, 'log-level');
}

function has(options: Options, name: string): boolean {
  return options.some(({ flag }) => flag === name);
}

function table(entries: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(entries));
}
