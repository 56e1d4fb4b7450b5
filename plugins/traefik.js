// The hosts of Traefik's rules become names, beside those of default.js; passes containers without such rules.
//
//   traefik.http.routers.shop.rule = Host(`shop.docker`) || Host(`www.shop.docker`)
//   traefik.tcp.routers.db.rule    = HostSNI(`db.docker`)
//   traefik.frontend.rule          = Host:shop.docker,www.shop.docker     (Traefik 1)
//
// The names lead to the container itself. Where they are to lead to Traefik, tell the container its address, or its
// name, by the label callsign.host. Hosts outside the domain, and patterns, belong to somebody else's DNS.

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  const labels = container.Config.Labels;
  const hosts = hostsOf(labels).filter((host) => host.endsWith(`.${callsign.domain}`));
  if (isSwitchedOff(labels) || hosts.length === 0) return null;

  const host = labels['callsign.host'] || container.NetworkSettings.IpAddress;
  if (host === '') return null;

  const [first = { port: 80 }] = callsign.ports(container);
  return {
    Service: cleanImageName(container.Image),
    Instance: removeSlash(container.Name),
    Host: host,
    Port: serverPort(labels) || first.port,
    Aliases: hosts,
  };
}
createService.onlyWith = ['traefik.'];

/**
 * Traefik takes what Go takes for false.
 * @param {Record<string, string>} labels
 */
function isSwitchedOff(labels) {
  return valuesOf(labels, /^traefik\.enable$/).some((value) => /^(?:0|[fF]|false|False|FALSE)$/.test(value));
}

/** @param {Record<string, string>} labels */
function hostsOf(labels) {
  const rules = valuesOf(labels, /^traefik\.(?:(?:http|tcp)\.routers\.[^.]+\.rule|frontend\.rule)$/);
  return rules
    .flatMap((rule) => [...quotedHosts(rule), ...firstHosts(rule)])
    .map((host) => host.toLowerCase());
}

/**
 * Host(`a`, `b`) and HostSNI(`a`), in any case, but neither HostRegexp nor what is excluded by a "!".
 * @param {string} rule
 */
function quotedHosts(rule) {
  const calls = [...rule.matchAll(/(?<!\w|!\s*)Host(?:SNI)?\s*\(([^)]*)\)/gi)].map(
    ([, inside = '']) => inside,
  );
  return calls.flatMap((inside) => [...inside.matchAll(/[`"]([^`"]*)[`"]/g)].map(([, host = '']) => host));
}

/**
 * Traefik 1: Host:a,b;PathPrefix:/x
 * @param {string} rule
 */
function firstHosts(rule) {
  const hosts = /(?:^|;)\s*Host:([^;]*)/.exec(rule);
  return hosts ? callsign.list(hosts[1]) : [];
}

/** @param {Record<string, string>} labels */
function serverPort(labels) {
  return valuesOf(labels, /^traefik\.(?:(?:http|tcp)\.services\.[^.]+\.loadbalancer\.server\.port|port)$/)[0];
}

/**
 * @param {Record<string, string>} labels
 * @param {RegExp} pattern
 */
function valuesOf(labels, pattern) {
  return Object.keys(labels)
    .filter((label) => pattern.test(label.toLowerCase()))
    .map((label) => labels[label] ?? '');
}
