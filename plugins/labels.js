// Callsign's own labels (callsign.…); what they leave out follows default.js. Passes containers without them.
//
//   docker run -l callsign.service=shop -l callsign.aliases=shop.docker -l callsign.port=8080 -l callsign.port-name=http …
//
//   callsign.service, .instance, .environment, .region, .host, .ttl
//   callsign.port           a number, 53/udp, a comma list of them, or all: one service for each
//   callsign.port-name, .protocol, .scheme, .alpn
//   callsign.priority, .weight, .text, .group, .mail
//   callsign.aliases        further names, a comma list
//   callsign.8080.…         the same for one port alone: callsign.8080.port-name=http
//
// callsign.ignore=true leaves the container out, whatever the plugins say; callsign.ignore=false asks for a name.

const FIELDS = new Set([
  ...[
    'service',
    'instance',
    'environment',
    'region',
    'host',
    'ttl',
    'port',
    'port-name',
    'protocol',
    'scheme',
  ],
  ...['alpn', 'priority', 'weight', 'text', 'group', 'mail', 'aliases'],
]);
/** The registrar's own labels, whatever the plugins. */
const NO_FIELDS = new Set(['ignore', 'network']);

/** More services than 64 are refused: of 10,000 ports it is enough to make one too many. */
const ENOUGH = 65;

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  const said = metadata(container);
  const reachable = container.NetworkSettings.IpAddress !== '' || said.host !== undefined;
  if (Object.keys(said).length === 0 || !reachable) return null;

  const numbered = Object.keys(said).flatMap((field) => /^(\d+)\./.exec(field)?.[1] ?? []);
  const ports = portsOf(container, said.port, [...new Set(numbered)]);
  return ports.slice(0, ENOUGH).map((at) => serviceOf(container, said, at));
}
createService.onlyWith = ['callsign.'];

/**
 * The labels that are fields, by what follows "callsign."; any other is a slip of the pen.
 * @param {import('./callsign-plugin').Container} container
 */
function metadata(container) {
  /** @type {Record<string, string>} */
  const said = {};
  for (const [label, value] of Object.entries(container.Config.Labels)) {
    const [, field = '', name = ''] = /^callsign\.((?:\d+\.)?(.+))$/.exec(label) ?? [];
    if (FIELDS.has(name)) said[field] = value;
    else if (field !== '' && !NO_FIELDS.has(field)) console.log(`${label} is no field of a service`);
  }
  return said;
}

/**
 * @param {import('./callsign-plugin').Container} container
 * @param {string | undefined} wanted what callsign.port says
 * @param {string[]} numbered the numbers that have labels of their own
 */
function portsOf(container, wanted, numbered) {
  const own = callsign.ports(container);
  if (wanted === 'all') return own;
  const told = wanted === undefined ? numbered : callsign.list(wanted);
  if (told.length === 0) return [own[0] ?? { port: 80 }];
  return told.map((text) => {
    const [number = '', protocol = own.find(({ port }) => `${port}` === number)?.protocol] = text.split('/');
    return { port: numberOf('port', number), protocol };
  });
}

/**
 * @param {import('./callsign-plugin').Container} container
 * @param {Record<string, string>} said
 * @param {{ port: number, protocol?: string | undefined }} at
 * @returns {import('./callsign-plugin').Service}
 */
function serviceOf(container, said, { port, protocol }) {
  /** @param {string} field */
  const get = (field) => said[`${port}.${field}`] ?? said[field];
  return {
    Service: get('service') ?? cleanImageName(container.Image),
    Instance: get('instance') ?? removeSlash(container.Name),
    Environment: get('environment'),
    Region: get('region'),
    Host: get('host') ?? container.NetworkSettings.IpAddress,
    Port: port,
    TTL: numberOf('ttl', get('ttl')),
    Priority: numberOf('priority', get('priority')),
    Weight: numberOf('weight', get('weight')),
    Text: get('text'),
    Group: get('group'),
    Mail: get('mail'),
    Aliases: callsign.list(get('aliases')),
    Protocol: get('protocol') ?? protocol,
    PortName: get('port-name'),
    Scheme: get('scheme'),
    ALPN: callsign.list(get('alpn')),
  };
}

/**
 * A number that is none is no 0: the container is refused, with this sentence.
 * @template {string | undefined} T
 * @param {string} field
 * @param {T} text
 * @returns {T extends string ? number : undefined}
 */
function numberOf(field, text) {
  if (text !== undefined && !/^\d{1,10}$/.test(text))
    throw new Error(`callsign.${field} is "${text}": no number`);
  return /** @type {any} */ (text === undefined ? undefined : Number(text));
}
