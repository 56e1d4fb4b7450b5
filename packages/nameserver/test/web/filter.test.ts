import assert from 'node:assert/strict';
import { readAddress, writeAddress } from '../../src/web/model/address.ts';
import { choicesOf, EVERYTHING, type Filter, filtered } from '../../src/web/model/filter.ts';
import { entry } from './services.ts';

const ENTRIES = [
  entry('a1.n1.eu.redis1.redis.dev.docker.', {
    callsign: { source: 'docker', owner: 'n1', image: 'redis:7.2', health: 'unhealthy' },
  }),
  entry('a2.n2.eu.redis2.redis.live.docker.', { host: 'fd00::5', callsign: { source: 'docker' } }),
  entry('printer.lab.docker.', { text: 'Floor 2', callsign: { source: 'rest' } }),
];

describe('the dashboard: the filter', () => {
  for (const [filter, found] of [
    [{}, ['redis1', 'redis2', 'printer']],
    [{ text: 'REDIS' }, ['redis1', 'redis2']],
    [{ text: 'redis n1' }, ['redis1']],
    [{ text: ' redis  live ' }, ['redis2']],
    [{ text: 'redis:7.2' }, ['redis1']],
    [{ text: '[fd00::5]:80' }, ['redis2']],
    [{ text: 'floor' }, ['printer']],
    [{ text: '.*' }, []],
    [{ environment: 'lab' }, ['printer']],
    [{ node: 'n2' }, ['redis2']],
    [{ state: 'unhealthy' }, ['redis1']],
    [{ source: 'rest' }, ['printer']],
    [{ source: 'docker', environment: 'live', text: 'redis' }, ['redis2']],
    [{ source: 'rest', environment: 'live' }, []],
  ] as const satisfies readonly (readonly [Partial<Filter>, readonly string[]])[]) {
    it(`${JSON.stringify(filter)} finds ${found.join(', ') || 'nothing'}`, () => {
      const entries = filtered(ENTRIES, { ...EVERYTHING, ...filter });
      assert.deepEqual(
        entries.map(({ place }) => place.instance),
        found,
      );
    });
  }

  for (const [choice, values] of [
    ['environment', ['dev', 'lab', 'live']],
    ['node', ['n1', 'n2']],
    ['state', ['registered', 'running', 'unhealthy']],
    ['source', ['docker', 'rest']],
  ] as const) {
    it(`lets choose a ${choice} that there is`, () => assert.deepEqual(choicesOf(ENTRIES, choice), values));
  }
});

describe('the dashboard: the address', () => {
  for (const search of [
    '?',
    '?text=redis+n1',
    '?view=nodes',
    '?view=events&node=n1',
    '?environment=dev&state=unhealthy&service=web.dev.docker.',
    '?text=%26view%3Dnodes',
  ]) {
    it(`${search} comes back as it was`, () => assert.equal(writeAddress(readAddress(search)), search));
  }

  for (const [search, meant] of [
    ['', '?'],
    ['?view=services', '?'],
    ['?view=elsewhere&colour=red', '?'],
    ['?text=', '?'],
  ] as const) {
    it(`"${search}" means ${meant}`, () => assert.equal(writeAddress(readAddress(search)), meant));
  }
});
