// registrator's SERVICE_… variables and labels, one service for each port; passes containers that have none.
//
//   docker run -e SERVICE_NAME=web -e SERVICE_443_NAME=web-tls -e SERVICE_9000_IGNORE=1 …
//
//   SERVICE_NAME     the service, else the image's name; with several ports -PORT is added
//   SERVICE_TAGS     a comma list in which \, is a comma; each that can be a label is a name: TAG.SERVICE, as with Consul
//   SERVICE_ID       the instance, else the first of those tags, else the container's name
//   SERVICE_REGION   the region
//   SERVICE_PORT_…   the same for one port alone; its name is taken as it is
//   SERVICE_PORT_IGNORE   leaves that port out
//
// A label wins over a variable of the same name. What listens on UDP has the tag udp, too. Ports are the container's own: its address is published with them.

/** More services than 64 are refused: of 10,000 ports it is enough to make one too many. */
const ENOUGH = 65;

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  const said = metadata(container);
  if (Object.keys(said).length === 0) return null;
  if (container.NetworkSettings.IpAddress === '') return [];

  const ports = callsign.ports(container);
  if (ports.length === 0) return [serviceOf(container, said, { port: 0, protocol: 'tcp' }, false)];
  return ports
    .filter(({ port }) => !said[`${port}_IGNORE`])
    .slice(0, ENOUGH)
    .map((port) => serviceOf(container, said, port, ports.length > 1));
}
createService.onlyWith = ['SERVICE_'];

/**
 * @param {import('./callsign-plugin').Container} container
 * @param {Record<string, string>} said
 * @param {{ port: number, protocol: string }} at
 * @param {boolean} several
 * @returns {import('./callsign-plugin').Service}
 */
function serviceOf(container, said, { port, protocol }, several) {
  /** @param {string} name */
  const get = (name) => said[`${port}_${name}`] || said[name];
  const general = said.NAME || cleanImageName(container.Image);
  const service = said[`${port}_NAME`] || (several ? `${general}-${port}` : general);
  const tags = callsign.list(get('TAGS')).filter((tag) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(tag));
  const names = protocol === 'udp' ? [...tags, 'udp'] : tags;
  return {
    Service: service,
    Instance: get('ID') || tags[0] || removeSlash(container.Name),
    Region: get('REGION'),
    Aliases: names.map((tag) => callsign.name(tag, service, defaultEnvironment)),
    Host: container.NetworkSettings.IpAddress,
    Port: port,
    Protocol: protocol,
  };
}

/**
 * What follows SERVICE_, by name.
 * @param {import('./callsign-plugin').Container} container
 */
function metadata(container) {
  /** @type {Record<string, string>} */
  const said = {};
  for (const source of [callsign.env(container), container.Config.Labels]) {
    const names = Object.keys(source).filter(
      (name) => name.startsWith('SERVICE_') && name !== 'SERVICE_IGNORE',
    );
    for (const name of names) said[name.slice('SERVICE_'.length)] = `${source[name]}`;
  }
  return said;
}
