import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { everyShown } from '../src/api/listed.ts';
import { pageOf, pageReply } from '../src/api/service-page.ts';
import { serviceQuery } from '../src/api/service-query.ts';
import { sorted } from '../src/api/sorted.ts';
import { Turns } from '../src/turns.ts';
import { Zone } from '../src/zone/zone.ts';
import { ZoneCopies } from '../src/zone-copies.ts';

const SERVICES = 3_000;

/** Gives up its turn as often as it can, to whatever wants to happen then. */
class ShortTurns extends Turns {
  readonly #meanwhile: () => void;

  constructor(meanwhile: () => void) {
    super();
    this.#meanwhile = meanwhile;
  }

  override get over(): boolean {
    return true;
  }

  override async next(): Promise<void> {
    this.#meanwhile();
  }
}

describe('a page of very many services', () => {
  for (const query of ['', 'limit=1', 'sort=-port&limit=2000', 'text=web1&sort=host']) {
    it(`is that of one revision, whatever changes between its turns: ${query || 'all'}`, async () => {
      const zone = full();
      const expected = await page(zone, query, new Turns());
      const copies = new ZoneCopies();
      using copy = copies.take(zone);
      let turns = 0;
      const turning = new ShortTurns(() => {
        turns += 1;
        zone.apply({ revision: SERVICES + turns, changes: [{ kind: 'delete', key: keyOf(turns - 1) }] });
      });
      assert.deepEqual(await page(copy.zone, query, turning), expected);
      assert.ok(turns >= SERVICES, `${turns} turns`);
    });
  }

  it('is of all services, as they are shown one by one', async () => {
    const zone = full();
    const { services } = await page(zone, '', new Turns());
    const shown = await everyShown(zone, new Turns());
    assert.equal(shown.length, zone.size);
    assert.deepEqual(
      services,
      shown.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });

  it('is sorted as at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 5_000 }), async (numbers) => {
        const up = (a: number, b: number) => a - b;
        assert.deepEqual(await sorted(numbers, up, new Turns()), numbers.toSorted(up));
      }),
      { numRuns: 20 },
    );
  });
});

describe('copies of the zone', () => {
  it('are shared by those who begin while one is true', () => {
    const zone = full();
    const copies = new ZoneCopies();
    using first = copies.take(zone);
    using second = copies.take(zone);
    assert.equal(second.zone, first.zone);
    zone.apply({ revision: SERVICES + 1, changes: [] });
    using third = copies.take(zone);
    assert.deepEqual([first.zone.revision, third.zone.revision], [SERVICES, SERVICES + 1]);
  });

  it('are forgotten with the last who uses one', () => {
    const zone = full();
    const copies = new ZoneCopies();
    const first = copies.take(zone);
    first[Symbol.dispose]();
    using second = copies.take(zone);
    assert.notEqual(second.zone, first.zone);
  });
});

async function page(zone: Zone, query: string, turns: Turns) {
  const found = await pageOf(zone, serviceQuery(new URLSearchParams(query)), turns);
  const { body } = await pageReply(zone.revision, found, turns);
  return JSON.parse((body as readonly string[]).join(''));
}

function full(): Zone {
  const entries = Array.from({ length: SERVICES }, (_, at) => ({
    key: keyOf(at),
    value: JSON.stringify({ host: `10.0.${at >> 8}.${at & 255}`, port: (at * 7) % 101 }),
    revision: at + 1,
  }));
  const options = { domains: ['docker.'], ttl: 30, negativeTtl: 5, onRefused: () => assert.fail('refused') };
  return Zone.of({ revision: SERVICES, entries }, options);
}

function keyOf(at: number): string {
  return `docker/dev/web${at % 100}/x${at}`;
}
