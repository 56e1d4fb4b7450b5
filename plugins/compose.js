// Compose's names: 2.web.shop.docker for the second replica of the service web in the project shop.
//
//   web.shop.docker      all replicas of the service
//   2.web.shop.docker    the second one
//
// Passes containers that Compose did not make, and those of "docker compose run", which are nobody's replicas.

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  const labels = container.Config.Labels;
  const project = labels['com.docker.compose.project'];
  const service = labels['com.docker.compose.service'];
  if (!project || !service || labels['com.docker.compose.oneoff'] === 'True') return null;
  if (container.NetworkSettings.IpAddress === '') return null;

  const [first = { port: 80 }] = callsign.ports(container);
  return {
    Service: service,
    Instance: labels['com.docker.compose.container-number'] || '1',
    Environment: project,
    Host: container.NetworkSettings.IpAddress,
    Port: first.port,
  };
}
createService.onlyWith = ['com.docker.compose.'];
