import assert from 'node:assert/strict';
import { type Change, changed, listed, NOTHING } from '../../src/web/model/catalogue.ts';
import { serviceOf } from './services.ts';

const WEB = serviceOf('web.dev.docker.');
const API = serviceOf('api.dev.docker.');
const LISTED = listed(NOTHING, [WEB], ['docker.']);

describe('the dashboard: the catalogue', () => {
  it('has what was listed, in the order of the tree', () => {
    const { entries } = listed(NOTHING, [WEB, API], ['docker.']);
    assert.deepEqual(
      entries.map(({ service }) => service),
      [API, WEB],
    );
  });

  for (const [title, changes, names, happened] of [
    ['one that comes', [put(API)], ['api', 'web'], ['came api']],
    ['one that changes', [put({ ...WEB, port: 81 })], ['web'], ['changed web']],
    ['one that goes', [gone('web')], [], ['gone web']],
    ['one that nobody knew and that goes', [gone('api')], ['web'], []],
    ['one that comes and goes', [put(API), gone('api')], ['web'], ['gone api', 'came api']],
    ['all at once', [gone('web'), put(API), put(WEB)], ['api', 'web'], ['came web', 'came api', 'gone web']],
  ] as const) {
    it(`tells of ${title}, the latest first`, () => {
      const { entries, happenings } = changed(LISTED, changes);
      assert.deepEqual(
        entries.map(({ place }) => place.service),
        names,
      );
      assert.deepEqual(
        happenings.map(({ what, entry }) => `${what} ${entry.place.service}`),
        happened,
      );
    });
  }

  it('is a new one each time', () => {
    changed(LISTED, [gone('web')]);
    assert.equal(LISTED.byName.size, 1);
  });

  it('still tells of what happened when everything is listed anew', () => {
    const { happenings } = listed(changed(LISTED, [put(API)]), [WEB], ['docker.']);
    assert.equal(happenings.length, 1);
  });

  it('forgets what happened long ago', () => {
    const changes = Array.from({ length: 600 }, (_, port) => put({ ...WEB, port }));
    const { happenings } = changed(LISTED, changes);
    assert.deepEqual([happenings.length, happenings[0]?.entry.service.port], [500, 599]);
  });
});

function put(service: typeof WEB): Change {
  return { at: 0, kind: 'put', service };
}

function gone(service: string): Change {
  return { at: 0, kind: 'delete', name: `${service}.dev.docker.` };
}
