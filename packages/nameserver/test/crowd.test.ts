import assert from 'node:assert/strict';
import type { PlacedRecord } from '../src/static/master-file.ts';
import { StaticZone } from '../src/static/static-zone.ts';
import { servedSets } from '../src/transfer/enumerate.ts';
import { answering, entriesOf } from './support/answering.ts';

/** More than a call takes arguments, whose places are on the stack. */
const CROWD = 130_000;

const addressOf = (at: number) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;

describe('a crowd below one name', () => {
  const crowd = Array.from({ length: CROWD }, (_, at) => [`docker/i${at}`, { host: addressOf(at) }]);
  const others = { 'docker/alias': { host: 'i7.docker' }, 'docker/away': { host: 'www.example.org' } };
  const server = answering({
    domains: ['docker.'],
    entries: entriesOf({ ...Object.fromEntries(crowd), ...others }),
  });

  it('is answered with as many as fit, aliases among them', async () => {
    const { rcode, answer } = await server.ask('docker', 'A', { transport: 'tcp' });
    assert.equal(rcode, 'NOERROR');
    assert.ok(answer.length > 1_000, `${answer.length} records`);
  });

  it('is transferred', () => {
    const [soa, addresses] = servedSets(server.zone, 'docker.');
    assert.equal(soa?.[0]?.type, 'SOA');
    assert.equal(addresses?.length, CROWD);
  });

  it('is served from a zone file', () => {
    const records = crowd.map((_, line): PlacedRecord => {
      const rdata = { type: 'A', address: addressOf(line) } as const;
      return { name: 'many.corp.', ttl: 30 + (line % 2), rdata, line };
    });
    const zone = new StaticZone({ apex: 'corp.', records, serial: 1, negativeTtl: 30 });
    const found = zone.addressesOf('many.corp.');
    assert.deepEqual([found.length, found[1]?.ttl], [CROWD, 30]);
  });
});
