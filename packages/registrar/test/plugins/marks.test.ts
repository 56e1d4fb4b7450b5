import assert from 'node:assert/strict';
import type { ContainerSnapshot } from '../../src/engine/snapshot.ts';
import { asksForName, isIgnored, marksOf, unmetBy } from '../../src/plugins/marks.ts';
import { snapshot } from '../containers.ts';

function marked(labels: Readonly<Record<string, string>>, env: readonly string[] = []) {
  return snapshot({ Config: { Image: 'redis', Labels: labels, Env: env } });
}

describe('marks of a container', () => {
  for (const [labels, env, ignored, asks] of [
    [{}, ['PATH=/bin', 'XSERVICE_NAME=x'], false, false],
    [{ 'callsign.ignore': 'true' }, [], true, true],
    [{ 'callsign.ignore': 'false' }, [], false, true],
    [{ 'callsign.service': 'x' }, [], false, true],
    [{ 'com.dnsdock.ignore': '' }, [], true, true],
    [{ 'com.dnsdock.name': 'x' }, [], false, true],
    [{ SERVICE_IGNORE: 'yes' }, [], true, true],
    [{ SERVICE_IGNORE: '' }, [], false, true],
    [{}, ['SERVICE_IGNORE=1'], true, true],
    [{}, ['SERVICE_IGNORE='], false, true],
    [{}, ['DNSDOCK_IGNORE=1'], true, true],
    [{}, ['DNSDOCK_IGNORE'], true, true],
    [{}, ['SERVICE_80_NAME=x'], false, true],
    [{}, ['DNS_SERVICE=x'], false, true],
    [{ 'traefik.enable': 'true' }, [], false, true],
    [{ ['__proto__']: 'x' }, ['__proto__=x', '=', ''], false, false],
  ] as const) {
    it(`${JSON.stringify(labels)} ${JSON.stringify(env)}`, () => {
      const marks = marksOf(marked(labels, env));
      assert.equal(isIgnored(marks), ignored);
      assert.equal(asksForName(marks), asks);
    });
  }
});

describe('checks that registrator would make', () => {
  const unmet = (container: ContainerSnapshot) => unmetBy(container, marksOf(container));
  const CHECKS = ['SERVICE_CHECK_HTTP=/health', 'SERVICE_CHECK_INTERVAL=15s', 'SERVICE_8080_CHECK_TCP=true'];

  it('are named, once for all of them', () => {
    assert.deepEqual(unmet(marked({ SERVICE_CHECK_SCRIPT: 'x' }, CHECKS)), [
      'SERVICE_CHECK_SCRIPT, SERVICE_CHECK_HTTP, SERVICE_CHECK_INTERVAL: no such check is made; give the container a HEALTHCHECK',
    ]);
  });

  it('are not missed where Docker makes one', () => {
    assert.deepEqual(unmet({ ...marked({}, CHECKS), health: 'healthy' }), []);
  });

  it('are what is called so and nothing else', () => {
    assert.deepEqual(unmet(marked({}, ['SERVICE_NAME=x', 'MY_SERVICE_CHECK_HTTP=/', 'SERVICE_CHECK=1'])), []);
  });
});
