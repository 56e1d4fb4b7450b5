import assert from 'node:assert/strict';
import { reach } from '../src/zone/reach.ts';
import { answering, entriesOf } from './support/answering.ts';

describe('reach', () => {
  const { zone } = answering({
    domains: ['docker.'],
    entries: entriesOf({
      'docker/top/a': { host: 'mid.docker', ttl: 50 },
      'docker/top/b': { host: 'mid.docker', ttl: 20 },
      'docker/top/c': { host: 'mid.docker', ttl: 40 },
      'docker/mid/a': { host: 'end.docker' },
      'docker/mid/b': { host: 'end.docker' },
      'docker/mid/c': { host: 'www.example.org' },
      'docker/mid/d': { host: 'www.example.org' },
      'docker/end': { host: '10.0.0.1' },
    }),
  });
  const top = zone.closest(['top', 'docker']).node.records();

  it('goes once to each name, however many records lead there, and keeps what it finds as short as any of them', () => {
    const { addresses, outside, looped } = reach(zone, 'top.docker.', top, 10);
    assert.deepEqual(
      [...addresses, ...outside].map(({ host, ttl }) => `${host} ${ttl}`),
      ['10.0.0.1 20', 'www.example.org. 20'],
    );
    assert.equal(looped, false);
  });
});
