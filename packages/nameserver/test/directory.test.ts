import assert from 'node:assert/strict';
import { ConflictError, EmbeddedStore, keyOf, put } from '@callsign/catalog';
import { silentLog } from '@callsign/daemon';
import { Follower } from '@callsign/nameserver';
import { Directory } from '../src/api/directory.ts';
import { ZoneCopies } from '../src/zone-copies.ts';

const WEB = 'web.docker.';
const NEW = 'new.docker.';
const [OLD_VALUE, NEW_VALUE] = ['{"host":"10.0.0.1"}', '{"host":"10.0.0.2"}'];

/** A directory whose zone goes no further: what others write from now on, it does not see. */
async function blindDirectory(store: EmbeddedStore): Promise<Directory> {
  const zone = { domains: ['docker.'], ttl: 30, negativeTtl: 5 };
  const follower = new Follower({ store, zone, log: silentLog, publish: () => undefined });
  await follower.start();
  await follower.reached(0, AbortSignal.timeout(30_000));
  await follower.close();
  return new Directory(store, follower, new ZoneCopies());
}

describe('a directory that is behind its store', () => {
  let store: EmbeddedStore;
  let directory: Directory;

  beforeEach(async () => {
    store = await EmbeddedStore.open();
    await put(store, keyOf(WEB), OLD_VALUE);
    directory = await blindDirectory(store);
  });
  afterEach(() => store.close());

  const web = () => directory.find(WEB) ?? assert.fail('it was listed');

  for (const [what, name, write] of [
    ['changes', WEB, () => directory.write(WEB, NEW_VALUE, web())],
    ['removes', WEB, () => directory.write(WEB, undefined, web())],
    ['makes', NEW, () => directory.write(NEW, NEW_VALUE, undefined)],
    ['replaces', WEB, () => directory.replace([web()], new Map([[keyOf(WEB), NEW_VALUE]]))],
    ['moves', NEW, () => directory.replace([web()], new Map([[keyOf(NEW), NEW_VALUE]]))],
  ] as const) {
    it(`${what} nothing that somebody else has written meanwhile`, async () => {
      await put(store, keyOf(name), '{"host":"10.9.9.9"}');
      const before = await store.list('');
      await assert.rejects(write(), ConflictError);
      assert.deepEqual(await store.list(''), before);
    });
  }

  it('makes a service where a value stands that cannot be served', async () => {
    await put(store, keyOf(NEW), 'no service');
    await put(store, `${keyOf(NEW)}/below`, '{"host":"10.9.9.9"}');
    await directory.write(NEW, NEW_VALUE, undefined);
    const { entries } = await store.list(keyOf(NEW));
    assert.equal(entries[0]?.value, NEW_VALUE);
  });
});
