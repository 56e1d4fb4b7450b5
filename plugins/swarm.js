// Swarm's names: web.shop.docker for the service web in the stack shop, and 2.web.shop.docker for its second task.
//
//   web.shop.docker         the service's virtual address; without one (dnsrr), all its tasks
//   tasks.web.shop.docker   all its tasks
//   2.web.shop.docker       the one in the second slot; the node's id where every node has one
//   back.web.shop.docker    the service's virtual address in the network back, of the stack or by itself
//
// A service without a stack is in --environment. Passes containers that are no tasks. Of one name's records those of the
// group answer that stands highest (SkyDNS's groups): the virtual address, and the tasks only when there is none.

/** @type {import('./callsign-plugin').CreateService} */
function createService(container) {
  const name = container.Config.Labels['com.docker.swarm.service.name'];
  if (!name || container.NetworkSettings.IpAddress === '') return null;
  return container.Kind === 'service' ? virtual(container, name) : task(container, name);
}
createService.onlyWith = ['com.docker.swarm.'];
createService.services = true;

/**
 * @param {import('./callsign-plugin').Container} container
 * @param {string} name
 */
function task(container, name) {
  const own = shared(container, name);
  const slot = slotOf(container.Config.Labels['com.docker.swarm.task.name'], name);
  return {
    ...own,
    Instance: slot || removeSlash(container.Name),
    Host: container.NetworkSettings.IpAddress,
    Aliases: [callsign.name('tasks', own.Service, own.Environment)],
    Group: 'tasks',
  };
}

/**
 * One for each network; the name of the service by itself is for the one that counts by rule.
 * @param {import('./callsign-plugin').Container} service
 * @param {string} name
 */
function virtual(service, name) {
  const own = shared(service, name);
  const { IpAddress, Networks } = service.NetworkSettings;
  return Object.entries(Networks)
    .filter(([network]) => network !== 'ingress')
    .map(([network, { IPAddress, GlobalIPv6Address }]) => ({
      ...own,
      Instance: withoutStack(service, network),
      Host: IPAddress || GlobalIPv6Address,
      Aliases: [IPAddress, GlobalIPv6Address].includes(IpAddress)
        ? [callsign.name(own.Service, own.Environment)]
        : [],
      Group: `virtual ${network}`,
    }));
}

/**
 * What a task and its service have in common.
 * @param {import('./callsign-plugin').Container} container
 * @param {string} name
 */
function shared(container, name) {
  const [first = { port: 80 }] = callsign.ports(container);
  const stack = container.Config.Labels['com.docker.stack.namespace'];
  return {
    Service: withoutStack(container, name),
    Environment: stack || defaultEnvironment,
    Port: first.port,
  };
}

/**
 * A stack's services and networks are called STACK_NAME.
 * @param {import('./callsign-plugin').Container} container
 * @param {string} name
 */
function withoutStack(container, name) {
  const stack = container.Config.Labels['com.docker.stack.namespace'];
  return stack && name.startsWith(`${stack}_`) ? name.slice(stack.length + 1) : name;
}

/**
 * A task is called SERVICE.SLOT.ID; a service's name may have dots itself.
 * @param {string | undefined} task
 * @param {string} service
 */
function slotOf(task, service) {
  return task?.startsWith(`${service}.`) ? task.slice(service.length + 1).split('.')[0] : '';
}
