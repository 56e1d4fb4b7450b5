/** Options of skydock, dnsdock, SkyDNS and registrator that have another name here. */
export const RENAMED = table({
  skydns: 'store',
  d: 'dns',
  t: 'http',
  addr: 'dns',
  nameservers: 'nameserver',
  ip: 'publish-address',
  'ttl-refresh': 'beat',
});

/** Their switches that are an option with a value here. */
export const SWITCHES = table({
  verbose: '--log-level=debug',
  v: '--log-level=debug',
  quiet: '--log-level=warn',
  q: '--log-level=warn',
  'no-rec': '--nameserver=none',
});

/** Their options that have no counterpart here, and what to do instead. */
export const GONE = table({
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

function table(entries: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(entries));
}
