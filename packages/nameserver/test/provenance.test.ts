import assert from 'node:assert/strict';
import { TYPE } from '@callsign/dns';
import { Zone } from '@callsign/nameserver';
import { Explainer } from '../src/answer/explain.ts';
import { viewOf } from '../src/static/views.ts';
import { entriesOf } from './support/answering.ts';

const OPTIONS = { domains: ['docker.'], ttl: 30, negativeTtl: 5, onRefused: assert.fail };

/** Counts how often something is looked for in it. */
class WatchedZone extends Zone {
  looks = 0;
  wasReadWhole = false;

  override closest(labels: readonly string[]) {
    this.looks += 1;
    return super.closest(labels);
  }

  override records() {
    this.looks += 1;
    this.wasReadWhole = true;
    return super.records();
  }
}

/** A zone with so many addresses, and text, at one name. */
function zoneWith(count: number): WatchedZone {
  const zone = new WatchedZone(OPTIONS);
  const values = Array.from({ length: count }, (_, at) => [
    `docker/web/i${at}`,
    { host: `10.0.${at >> 8}.${at & 255}`, port: 80, text: `number ${at}` },
  ]);
  zone.add({ revision: 1, entries: entriesOf(Object.fromEntries(values)) });
  return zone;
}

const ASKER = { client: '192.0.2.1', by: '192.0.2.1' };

describe('where the records of an answer come from', () => {
  for (const [name, type] of [
    ['web.docker.', TYPE.A],
    ['docker.', TYPE.A],
    ['web.docker.', TYPE.TXT],
  ] as const) {
    it(`is looked for as often for many as for two: ${name} ${type}`, async () => {
      const [two, many] = await Promise.all([explained(zoneWith(2)), explained(zoneWith(60))]);
      assert.deepEqual([many.answer.length, many.looks], [60, two.looks]);
      for (const { from } of many.answer) assert.deepEqual([from.length, from[0]?.kind], [1, 'store']);
    });

    async function explained(zone: WatchedZone) {
      const { answer } = await explainerOf(zone).explain({ name, type, ...ASKER });
      return { answer, looks: zone.looks };
    }
  }

  it('is not looked for in all of a zone where no value says such a thing', async () => {
    const zone = zoneWith(1);
    const { answer } = await explainerOf(zone).explain({ name: 'docker.', type: TYPE.SOA, ...ASKER });
    assert.deepEqual(answer[0]?.from, [{ kind: 'made' }]);
    assert.equal(zone.wasReadWhole, false);
  });
});

function explainerOf(zone: Zone): Explainer {
  return new Explainer({ views: viewOf(OPTIONS.domains), zone: () => zone });
}
