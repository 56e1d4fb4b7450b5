// Swarm's names: 2.web.shop.docker for the second task of the service web in the stack shop.
//
//   web.shop.docker      all tasks of the service
//   2.web.shop.docker    the one in the second slot; the node's id where every node has one
//
// A service without a stack is in --environment. Passes containers that are no tasks.

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  const labels = container.Config.Labels;
  const name = labels['com.docker.swarm.service.name'];
  if (!name || container.NetworkSettings.IpAddress === '') return null;

  const stack = labels['com.docker.stack.namespace'] ?? '';
  const [first = { port: 80 }] = callsign.ports(container);
  return {
    Service: stack !== '' && name.startsWith(`${stack}_`) ? name.slice(stack.length + 1) : name,
    Instance: slotOf(labels['com.docker.swarm.task.name'], name) || removeSlash(container.Name),
    Environment: stack || defaultEnvironment,
    Host: container.NetworkSettings.IpAddress,
    Port: first.port,
  };
}
createService.onlyWith = ['com.docker.swarm.'];

/**
 * A task is called SERVICE.SLOT.ID; a service's name may have dots itself.
 * @param {string | undefined} task
 * @param {string} service
 */
function slotOf(task, service) {
  return task?.startsWith(`${service}.`) ? task.slice(service.length + 1).split('.')[0] : '';
}
