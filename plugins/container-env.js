// Names from DNS_… variables, as skydock's containerEnv took them.
//
//   docker run -e DNS_SERVICE=rethinkdb -e DNS_INSTANCE=db1 …
//
//   DNS_SERVICE      the service, else the image's name
//   DNS_INSTANCE     the instance, else the container's name
//   DNS_ENVIRONMENT  the environment, else --environment
//   DNS_REGION       the region, else --region
//   DNS_TTL          seconds, else --ttl
//   DNS_PORT         the port number, else 80

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  if (container.NetworkSettings.IpAddress === '') return null;

  const env = callsign.env(container);
  return {
    Port: env.DNS_PORT || 80,
    Environment: env.DNS_ENVIRONMENT || defaultEnvironment,
    Region: env.DNS_REGION || defaultRegion,
    TTL: env.DNS_TTL || defaultTTL,
    Service: env.DNS_SERVICE || cleanImageName(container.Image),
    Instance: env.DNS_INSTANCE || removeSlash(container.Name),
    Host: container.NetworkSettings.IpAddress,
  };
}
