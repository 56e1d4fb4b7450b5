import assert from 'node:assert/strict';
import { structureOf } from '../src/zone/structure.ts';

describe('the structure of a name', () => {
  const labels = { service: 'redis', instance: 'redis1', region: 'eu', node: 'n1' };
  for (const [name, domain, structure] of [
    ['id.n1.eu.redis1.redis.dev.docker.', 'docker.', { environment: 'dev', ...labels }],
    ['id.n1.eu.redis1.redis.dev.apps.example.', 'apps.example.', { environment: 'dev', ...labels }],
    ['id.n1.eu.redis1.redis.docker.', 'docker.', { environment: '', ...labels }],
    ['n1.eu.redis1.redis.docker.', 'docker.', undefined],
    ['more.id.n1.eu.redis1.redis.dev.docker.', 'docker.', undefined],
    ['docker.', 'docker.', undefined],
  ] as const) {
    it(`of ${name} in ${domain}`, () => assert.deepEqual(structureOf(name, domain), structure));
  }
});
