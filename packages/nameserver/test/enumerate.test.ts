import assert from 'node:assert/strict';
import { Zone } from '@callsign/nameserver';
import { servedSets } from '../src/transfer/enumerate.ts';
import { entriesOf } from './support/answering.ts';

const DOMAINS = ['docker.', '10.in-addr.arpa.'];
/** More than a message has room for. */
const MANY = 6_000;

describe('the sets of a transfer', () => {
  const zone = Zone.of(
    {
      revision: 1,
      entries: entriesOf(
        Object.fromEntries(
          Array.from({ length: MANY }, (_, at) => [
            `docker/web/i${at}`,
            { host: `10.0.${at >> 8}.${at & 255}`, port: 80 },
          ]),
        ),
      ),
    },
    { domains: DOMAINS, ttl: 30, negativeTtl: 5, onRefused: () => assert.fail('refused') },
  );
  const setsOf = (of: Zone, domain: string) => [...servedSets(of, domain)];

  it('have no more records than a message can hold, the same each time', () => {
    const copy = zone.copy();
    const sets = setsOf(copy, 'docker.');
    assert.equal(Math.max(...sets.map(({ length }) => length)), 4_682);
    assert.deepEqual(setsOf(copy, 'docker.'), sets);
  });

  it('are made of the names of addresses where these are the zone, one after the other', () => {
    const names = setsOf(zone, '10.in-addr.arpa.').map(([record]) => record?.name);
    assert.equal(names.filter((name) => name?.endsWith('.10.in-addr.arpa.')).length, MANY);
    const served = servedSets(zone, '10.in-addr.arpa.');
    zone.reverse.names = function* () {
      yield '1.0.0.10.in-addr.arpa.';
      assert.fail('the next one was looked for before it was wanted');
    };
    assert.deepEqual(
      Array.from({ length: 3 }, () => served.next().value?.[0]?.type),
      ['SOA', 'NS', 'PTR'],
    );
  });

  it('have nothing to do with the names of addresses elsewhere', () => {
    zone.reverse.names = () => assert.fail('they were looked for');
    assert.ok(setsOf(zone, 'docker.').length > MANY);
  });
});
