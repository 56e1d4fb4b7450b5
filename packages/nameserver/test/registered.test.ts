import assert from 'node:assert/strict';
import { keyOf } from '@callsign/catalog';
import { zoneRecord } from '../src/zone/record.ts';
import { isRegistration, Registered, type Registration } from '../src/zone/registered.ts';

const AT = Date.UTC(2020, 0, 1);

/** What a client of SkyDNS 1 has registered at a name, until then. */
function registration(name: string, expires = AT): Registration {
  const told = { Name: 'web', Version: '1', Environment: 'dev', Region: 'eu', Host: '10.0.0.1', Port: 80 };
  const callsign = { skydns1: { UUID: 'id', ...told }, expires: new Date(expires).toISOString() };
  const value = JSON.stringify({ host: '10.0.0.1', callsign });
  const record = zoneRecord({ key: keyOf(name), value, revision: 1 }, 30);
  return isRegistration(record) ? record : assert.fail('it has the form');
}

describe('registrations', () => {
  it('are found by their id at a new name, also when the old one goes only then', () => {
    const registered = new Registered();
    registered.add(registration('old.docker.'));
    registered.add(registration('new.docker.'));
    registered.remove(registration('old.docker.'));
    assert.equal(registered.get('id')?.name, 'new.docker.');
    registered.remove(registration('new.docker.'));
    assert.equal(registered.get('id'), undefined);
  });

  it('are found by the first of two names that have one id, whichever came first, and expire each by itself', () => {
    const both = [registration('b.docker.'), registration('a.docker.')];
    for (const each of [both, both.toReversed()]) {
      const registered = new Registered();
      for (const record of each) registered.add(record);
      assert.equal(registered.get('id')?.name, 'a.docker.');
      assert.equal(registered.expired(AT).length, 2);
      registered.remove(registration('a.docker.'));
      assert.equal(registered.get('id')?.name, 'b.docker.');
    }
  });

  it('expire in the moment that they say', () => {
    const registered = new Registered();
    registered.add(registration('web.docker.', AT));
    assert.deepEqual(registered.expired(AT - 1), []);
    assert.equal(registered.expired(AT).length, 1);
  });

  for (const callback of [null, 'id', { UUID: 'id', Reply: 'host' }, { UUID: 'id', Port: 80 }]) {
    it(`are none with a callback like ${JSON.stringify(callback)}`, () => {
      const { service } = registration('web.docker.');
      const callsign = { ...service.callsign, callbacks: [callback] };
      const value = JSON.stringify({ ...service, callsign });
      assert.equal(isRegistration(zoneRecord({ key: 'docker/web', value, revision: 1 }, 30)), false);
    });
  }
});
