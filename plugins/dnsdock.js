// dnsdock's labels (com.dnsdock.…) and variables (DNSDOCK_…); passes containers that have neither.
//
//   docker run -l com.dnsdock.name=master -l com.dnsdock.image=mysql -l com.dnsdock.alias=db.docker …
//
//   label        variable
//   .name        DNSDOCK_NAME        the instance, else the container's name
//   .tags                            the same: its first one counts
//   .image       DNSDOCK_IMAGE       the service, else the image's name
//   .region                          the region; dnsdock's name with it, master.mysql.us2.docker, is an alias
//   .alias       DNSDOCK_ALIAS       further names
//   .ttl         DNSDOCK_TTL         seconds
//   .ip_addr     DNSDOCK_IPADDRESS   the address, instead of the container's
//   .prefix      DNSDOCK_PREFIX      the address, of several: the first that begins like this
//
// A variable wins over a label. dnsdock has no environment in its names unless it is told one: --environment ''.

const VARIABLES = ['NAME', 'IMAGE', 'ALIAS', 'TTL', 'PREFIX'];

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  const said = metadata(container);
  if (Object.keys(said).length === 0) return null;

  const host = said.ip_addr || addressOf(container, said.prefix);
  if (!host) return [];

  const image = said.image || cleanImageName(container.Image);
  const name = said.name || said.tags || removeSlash(container.Name);
  const [first = { port: 80 }] = callsign.ports(container);
  return {
    Service: image,
    Instance: name,
    Region: said.region,
    Host: host,
    Port: first.port,
    TTL: said.ttl,
    Aliases: callsign.list(said.alias).concat(spelledOut(name, image, said.region)),
  };
}
createService.onlyWith = ['com.dnsdock.', 'DNSDOCK_'];

/**
 * All that the container says, by the names of the labels.
 * @param {import('./callsign-plugin').Container} container
 */
function metadata(container) {
  /** @type {Record<string, string>} */
  const said = {};
  for (const [label, value] of Object.entries(container.Config.Labels)) {
    if (label.startsWith('com.dnsdock.')) said[label.slice('com.dnsdock.'.length)] = value;
  }
  const env = callsign.env(container);
  for (const name of VARIABLES) {
    const value = env[`DNSDOCK_${name}`];
    if (value !== undefined) said[name.toLowerCase()] = value;
  }
  if (env.DNSDOCK_IPADDRESS !== undefined) said.ip_addr = env.DNSDOCK_IPADDRESS;
  if (said.tags !== undefined) said.tags = callsign.list(said.tags)[0] ?? '';
  return said;
}

/**
 * @param {import('./callsign-plugin').Container} container
 * @param {string | undefined} prefix
 */
function addressOf({ NetworkSettings: { IpAddress, Networks } }, prefix) {
  if (!prefix) return IpAddress;
  const all = Object.keys(Networks)
    .sort()
    .map((name) => Networks[name]?.IPAddress ?? '');
  return [IpAddress, ...all].find((address) => address.startsWith(prefix));
}

/**
 * dnsdock takes an image's dots, and its region, for labels of their own; here a service is one label.
 * @param {string} name
 * @param {string} image
 * @param {string | undefined} region
 */
function spelledOut(name, image, region) {
  if (!region && !image.includes('.')) return [];
  return [[name, image, region, defaultEnvironment, callsign.domain].filter(Boolean).join('.')];
}
