// Takes a container's names from its environment, as skydock's containerEnv did:
//
//   docker run -e DNS_SERVICE=rethinkdb -e DNS_INSTANCE=db1 …
//
//   DNS_SERVICE      the service, else the image's name
//   DNS_INSTANCE     the instance, else the container's name
//   DNS_ENVIRONMENT  the environment, else --environment
//   DNS_REGION       the region, else --region
//   DNS_TTL          seconds, else --ttl
//   DNS_PORT         the port number, else 80
//
// See default.js for what a plugin may use and return.

function createService(container) {
  if (container.NetworkSettings.IpAddress === '') return null;

  var env = environmentOf(container);
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

// Docker has the environment as "NAME=value" lines; the value may hold further "=".
function environmentOf(container) {
  var found = {};
  container.Config.Env.forEach((line) => {
    var at = line.indexOf('=');
    if (line.indexOf('DNS_') === 0 && at > 0) found[line.slice(0, at)] = line.slice(at + 1);
  });
  return found;
}
