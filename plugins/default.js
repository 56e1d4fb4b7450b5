// Skydock's rules: service from the image, instance from the container's name.
//
// redis:7.2 run as redis1 is redis1.redis.dev.docker. A plugin is one script with a function createService(container);
// docs/plugins.md says what it may use and return, callsign-plugin.d.ts says it to editors.

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  // No address of its own: a container on the host's network, or on none.
  if (container.NetworkSettings.IpAddress === '') return null;

  return {
    Port: firstPort(container),
    Environment: defaultEnvironment,
    TTL: defaultTTL,
    Service: cleanImageName(container.Image),
    Instance: removeSlash(container.Name),
    Host: container.NetworkSettings.IpAddress,
  };
}

/**
 * The name leads to the container's own address, so it is the container's port number that counts there, never the
 * host's; 80 when the container has none.
 * @param {import('./callsign-plugin').Container} container
 */
function firstPort(container) {
  const [first = { port: 80 }] = callsign.ports(container);
  return first.port;
}
