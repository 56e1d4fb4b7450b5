import assert from 'node:assert/strict';
import { EmbeddedStore, keyOf, openStore, put, remove, type Store } from '@callsign/catalog';
import { HttpServer, silentLog } from '@callsign/daemon';
import { Etcd } from '../../../test/support/etcd.ts';
import { ETCD, requireParts } from '../../../test/support/parts.ts';
import { TcpProxy } from '../../../test/support/proxy.ts';
import { Directory } from '../src/api/directory.ts';
import { eventRoutes } from '../src/api/events.ts';
import { Follower } from '../src/follow/follower.ts';
import { ZoneCopies } from '../src/zone-copies.ts';

interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data?: { readonly name?: string; readonly revision?: number; readonly host?: string };
}

const ZONE = { domains: ['docker.'], ttl: 30, negativeTtl: 5 };
/** How many revisions the store remembers. */
const HISTORY = 4;

/** The events of a store, served at `url`. */
async function serving(store: Store) {
  const follower = new Follower({ store, zone: ZONE, log: silentLog, publish: () => undefined });
  await follower.start();
  await follower.reached(0, AbortSignal.timeout(30_000));
  const routes = eventRoutes(new Directory(store, follower, new ZoneCopies()), { keepAliveMs: 20 });
  const server = new HttpServer({ listen: [{ host: '127.0.0.1', port: 0 }], routes, log: silentLog });
  await server.start();
  return {
    follower,
    url: `http://127.0.0.1:${server.addresses[0]?.port}/v1/events`,
    add: async (name: string, host = '10.0.0.1') => {
      const revision = await put(store, keyOf(name), JSON.stringify({ host }));
      await follower.reached(revision, AbortSignal.timeout(30_000));
      return revision;
    },
    close: async () => {
      await server.close();
      await follower.close();
      await store.close();
    },
  };
}

type Serving = Awaited<ReturnType<typeof serving>>;

describe('/v1/events', () => {
  let store: Store;
  let served: Serving;
  let follower: Follower;
  let add: Serving['add'];
  let url: string;
  beforeEach(async () => {
    store = await EmbeddedStore.open({ history: HISTORY });
    served = await serving(store);
    ({ follower, add, url } = served);
  });
  afterEach(() => served.close());

  const following = async (after?: number | string) => {
    const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': String(after) };
    return eventsIn(await fetch(url, { headers }));
  };

  it('tells what changes from now on, each revision with its place', async () => {
    const before = await add('old.docker.');
    const events = await following();
    assert.deepEqual(await next(events), { id: String(before) });
    const made = await add('a.docker.');
    assert.partialDeepStrictEqual(await next(events), {
      id: String(made),
      event: 'put',
      data: { name: 'a.docker.', host: '10.0.0.1', revision: made },
    });
    const gone = await remove(store, 'docker/a');
    assert.deepEqual(await next(events), { id: String(gone), event: 'delete', data: { name: 'a.docker.' } });
  });

  it('goes on after the last event that a client has seen, with nothing lost or told twice', async () => {
    const seen = await add('a.docker.');
    const events = await following(seen);
    await add('b.docker.');
    await next(events);
    assert.equal((await next(events)).data?.name, 'b.docker.');
    await events.return();
    const third = await add('c.docker.');
    const resumed = await following(seen + 1);
    await next(resumed);
    assert.deepEqual([(await next(resumed)).id], [String(third)]);
  });

  it('gives a batch one place, behind its last change', async () => {
    const events = await following(await add('a.docker.'));
    await next(events);
    const value = '{"host":"10.0.0.2"}';
    const writes = ['docker/b', 'docker/c'].map((key) => ({ kind: 'put', key, value }) as const);
    const revision = await store.commit(writes);
    const [first, second] = [await next(events), await next(events)];
    assert.deepEqual([first.id, second.id], [undefined, String(revision)]);
  });

  for (const [what, after] of [
    ['has been forgotten', 1],
    ['is none of this store', 9e14],
  ] as const) {
    it(`begins anew for a revision that ${what}`, async () => {
      for (const name of ['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a']) await add(`${name}.docker.`);
      const events = await following(after);
      const reset = await nextOf(events, 'reset');
      assert.equal(reset.data?.revision, follower.zone?.revision);
      const puts = [await next(events), await next(events)];
      assert.deepEqual(puts.map(({ event, data }) => [event, data?.name]).toSorted(), [
        ['put', 'a.docker.'],
        ['put', 'b.docker.'],
      ]);
      assert.deepEqual(
        puts.map(({ id }) => id),
        [undefined, String(follower.zone?.revision)],
      );
      await add('c.docker.');
      assert.equal((await next(events)).data?.name, 'c.docker.');
    });
  }

  it('leaves out what is not served, and keeps the place', async () => {
    const events = await following(await add('a.docker.'));
    await next(events);
    const elsewhere = await put(store, 'org/example', '{"host":"10.0.0.1"}');
    assert.deepEqual(await next(events), { id: String(elsewhere) });
    await put(store, 'docker/a', '{"host":1}');
    assert.partialDeepStrictEqual(await next(events), { event: 'delete', data: { name: 'a.docker.' } });
  });

  it('shows in silence that it is alive', async () => {
    const response = await fetch(url);
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      if (text.startsWith(': ')) return;
    }
    assert.fail('it ended');
  });

  it('takes the place from the address too, and refuses what is none', async () => {
    const seen = await add('a.docker.');
    const added = await add('b.docker.');
    const events = eventsIn(await fetch(`${url}?after=${seen}`));
    assert.deepEqual((await next(events)).id, String(seen));
    assert.deepEqual((await next(events)).id, String(added));
    for (const query of ['after=x', 'afer=1']) assert.equal((await fetch(`${url}?${query}`)).status, 400);
  });
});

describe('/v1/events of an etcd', () => {
  let etcd: Etcd;
  let network: TcpProxy;
  let served: Serving;
  before(function () {
    requireParts(this, ETCD);
  });
  beforeEach(async () => {
    etcd = await Etcd.start();
    network = await TcpProxy.to(etcd.port);
    served = await serving(await openStore(`etcd://127.0.0.1:${network.port}/skydns`));
  });
  afterEach(async () => {
    await served?.close();
    await network?.close();
    await etcd?.close();
  });

  it('begin anew when it was set up anew, though its revisions are lower now', async () => {
    for (let at = 1; at < 5; at += 1) await served.add('a.docker.', `10.0.0.${at}`);
    const events = eventsIn(await fetch(served.url));
    await next(events);
    await etcd.end('SIGKILL');
    await etcd.restartEmpty();
    assert.equal((await nextOf(events, 'reset')).data?.revision, 1);
    await served.add('b.docker.');
    assert.equal((await nextOf(events, 'put')).data?.name, 'b.docker.');
  });

  it('begin anew when it was set up anew, though its revision is the same again', async () => {
    const revision = await served.add('a.docker.');
    const events = eventsIn(await fetch(served.url));
    await next(events);
    network.cut();
    await etcd.end('SIGKILL');
    await etcd.restartEmpty();
    await etcd.control('put', '/skydns/docker/b', '{"host":"10.0.0.2"}');
    network.heal();
    assert.equal((await nextOf(events, 'reset')).data?.revision, revision);
    assert.equal((await nextOf(events, 'put')).data?.name, 'b.docker.');
  });

  it('show that they are alive also while it is away', async () => {
    await served.add('a.docker.');
    const response = await fetch(served.url);
    network.cut();
    let comments = 0;
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      comments += text.split('\n').filter((line) => line.startsWith(':')).length;
      if (comments > 100) return;
    }
    assert.fail('it ended');
  });
});

type Events = AsyncGenerator<Event, void, void>;

async function* eventsIn({ body }: Response): Events {
  let text = '';
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + piece).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) if (!block.startsWith(':')) yield eventOf(block);
  }
}

function eventOf(block: string): Event {
  const { data, ...fields } = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
  return { ...fields, ...(data !== undefined && { data: JSON.parse(data) }) };
}

async function next(events: Events): Promise<Event> {
  const { value } = await events.next();
  assert.ok(value, 'the stream has ended');
  return value;
}

async function nextOf(events: Events, kind: string): Promise<Event> {
  const event = await next(events);
  return event.event === kind ? event : nextOf(events, kind);
}
