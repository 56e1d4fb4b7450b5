import assert from 'node:assert/strict';
import { addressOf, entryOf } from '../../src/web/model/service.ts';
import { entry, serviceOf } from './services.ts';

describe('the dashboard: a service', () => {
  for (const [name, environment, service, instance] of [
    ['id.n1.eu.redis1.redis.dev.docker.', 'dev', 'redis', 'redis1'],
    ['printer.lab.docker.', 'lab', 'printer', 'printer'],
    ['left.printer.lab.docker.', 'lab', 'printer', 'left'],
    ['far.left.printer.lab.docker.', 'lab', 'printer', 'far.left'],
    ['lab.docker.', 'lab', '–', '–'],
    ['docker.', '–', '–', '–'],
    ['web.shop.apps.docker.', 'shop', 'web', 'web'],
    ['5.0.0.10.in-addr.arpa.', 'arpa', 'in-addr', '5.0.0.10'],
  ] as const) {
    it(`${name} is ${instance} of ${service} in ${environment}`, () => {
      const { place } = entryOf(serviceOf(name), ['docker.', 'apps.docker.']);
      assert.deepEqual(place, { environment, service, instance });
    });
  }

  for (const [callsign, state] of [
    [undefined, 'registered'],
    [{ source: 'rest' }, 'registered'],
    [{ source: 'docker' }, 'running'],
    [{ source: 'docker', health: 'unhealthy' }, 'unhealthy'],
    [{ source: 'docker', health: 'odd' }, 'running'],
  ] as const) {
    it(`that says ${JSON.stringify(callsign)} is ${state}`, () => {
      assert.equal(entry('web.dev.docker.', callsign && { callsign }).state, state);
    });
  }

  for (const [host, port, address] of [
    ['10.0.0.5', 80, '10.0.0.5:80'],
    ['10.0.0.5', 0, '10.0.0.5'],
    ['10.0.0.5', -1, '10.0.0.5'],
    ['fd00::5', 80, '[fd00::5]:80'],
    ['web.dev.docker', 80, 'web.dev.docker:80'],
    ['', 0, ''],
  ] as const) {
    it(`at ${host} with port ${port} is at "${address}"`, () =>
      assert.equal(addressOf({ host, port }), address));
  }
});
