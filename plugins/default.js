// The plugin that Callsign uses when --plugins names no other: skydock's rules.
//
// A plugin is one script with a function createService(container). What it returns becomes the container's
// names; null or undefined means: no name from me. An array gives the container several services.
//
//   Service, Instance, Host   needed
//   Port                      a number; 0 when left out
//   Environment, Region, TTL  the registrar's options when left out
//
// Beside the language itself there are: defaultTTL, defaultEnvironment, defaultRegion, cleanImageName(image),
// removeSlash(text) and console.log(…), which writes to the registrar's debug log.

function createService(container) {
  // No address of its own: a container on the host's network, or on none.
  if (container.NetworkSettings.IpAddress === '') return null;

  return {
    Port: firstPort(container.NetworkSettings.Ports),
    Environment: defaultEnvironment,
    TTL: defaultTTL,
    Service: cleanImageName(container.Image),
    Instance: removeSlash(container.Name),
    Host: container.NetworkSettings.IpAddress,
  };
}

// Ports has keys like "6379/tcp"; the value tells where the port is published, null: nowhere. The name leads to
// the container's own address, so it is the container's port number that counts there, never the host's.
// Published ports come first, then the lowest number; 80 when the container has none.
function firstPort(ports) {
  var all = Object.keys(ports);
  var published = all.filter((key) => ports[key] !== null && ports[key].length > 0);
  var numbers = (published.length > 0 ? published : all).map((key) => parseInt(key, 10));
  return numbers.length > 0 ? Math.min.apply(null, numbers) : 80;
}
