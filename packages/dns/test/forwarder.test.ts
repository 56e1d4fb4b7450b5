import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, type SocketAddress, silentLog } from '@callsign/daemon';
import {
  type Answer,
  encodeQuestion,
  FLAG,
  ForwardCache,
  Forwarder,
  type ForwarderOptions,
  fetchAnswer,
  isAnswerTo,
  LATER,
  openEndpoint,
  parseResolvConf,
  questionNameEnd,
  RCODE,
  type Recursor,
  ResolvConf,
  type Responder,
  StubRoutes,
  TYPE,
} from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';
import { freePort } from '../../../test/support/ports.ts';
import { fetching } from '../../../test/support/recursor.ts';
import { eventually } from '../../../test/support/wait.ts';
import {
  answered,
  faulted,
  isHealthy,
  isQuick,
  looping,
  passedOver,
  patience,
  ranked,
  refusedEdns,
  type Standing,
  silent,
  UNKNOWN,
} from '../src/forward/standing.ts';
import type { Upstream } from '../src/forward/upstream.ts';
import { badvers, echo, responder } from './responders.ts';

const closers: (() => Promise<void>)[] = [];

/** A name server on loopback that answers both transports with these. */
async function upstream(udp: Responder, tcp: Responder = udp): Promise<SocketAddress> {
  const either: Responder = {
    respond: (query, length, reply, exchange) =>
      (exchange.transport === 'udp' ? udp : tcp).respond(query, length, reply, exchange),
  };
  const endpoint = await openEndpoint({ host: '127.0.0.1', port: 0 }, either);
  closers.push(() => endpoint.close());
  return endpoint.address;
}

/** An address where nobody listens. */
async function nobody(): Promise<SocketAddress> {
  return { host: '127.0.0.1', port: await freePort() };
}

const GOOD = responder((query) => echo(query));
const SILENT = responder(() => undefined);
const BROKEN = responder((query) => echo(query, 2));
const LYING = responder((query) => {
  const reply = echo(query);
  reply[14] = (reply[14] as number) ^ 1;
  return reply;
});
const TRUNCATING = responder((query) => echo(query, 0, 0x8080 | FLAG.TC));

const REFUSING = responder((query) => echo(query, 5));
const GARBLED = responder((query) => echo(query).subarray(0, query.length - 2));
/** A record more than it has. */
const SHORT = responder((query) => {
  const reply = echo(query);
  reply.writeUInt16BE(1, 6);
  return reply;
});
/** EDNS refused as one does that has never heard of it (RFC 6891, 7). */
const formerr = (query: Buffer) => echo(withoutOpt(query), RCODE.FORMERR);
const hasOpt = (query: Buffer) => query.readUInt16BE(10) === 1;
const HUGE = responder((query) => {
  const record = Buffer.from('c00c001000010000003c01f6fa', 'hex');
  const reply = Buffer.concat([
    echo(query),
    record,
    Buffer.alloc(250, 'x'),
    Buffer.from([250]),
    Buffer.alloc(250, 'y'),
  ]);
  reply.writeUInt16BE(1, 6);
  return reply;
});

const question = () => encodeQuestion(0, 'example.org.', TYPE.A);
function withoutOpt(query: Buffer): Buffer {
  const bytes = query.subarray(0, -11);
  bytes.writeUInt16BE(0, 10);
  return bytes;
}
/** Without OPT, so that no more than 512 bytes may come. */
const plain = () => withoutOpt(question());
const rcode = ({ message }: Answer) => message.readUInt16BE(2) & 15;

/** An upstream that counts, and answers as long as it is told to. */
async function counting() {
  const state = { asked: 0, answers: true };
  const at = await upstream(
    responder((query) => {
      state.asked += 1;
      return state.answers ? echo(query) : undefined;
    }),
  );
  return Object.assign(state, { at });
}

describe('forwarder', () => {
  const forwarders: Forwarder[] = [];
  const forwarder = (options: ForwarderOptions) => {
    const made = new Forwarder(options);
    forwarders.push(made);
    return made;
  };
  afterEach(async () => {
    for (const one of forwarders.splice(0)) one.close();
    await Promise.all(closers.splice(0).map((close) => close()));
  });

  const made = async (...responders: readonly (Responder | 'nobody')[]) => {
    const upstreams: SocketAddress[] = [];
    for (const one of responders) upstreams.push(one === 'nobody' ? await nobody() : await upstream(one));
    return forwarder({ upstreams, totalMs: 800 });
  };
  const ask = async (...responders: readonly (Responder | 'nobody')[]) =>
    fetchAnswer(await made(...responders), question());

  it('gives back the upstream’s answer', async () => assert.equal(rcode(await ask(GOOD)), 0));

  for (const [what, bad] of [
    ['one that does not listen', 'nobody'],
    ['one that says nothing', SILENT],
    ['one that says SERVFAIL', BROKEN],
    ['one that says REFUSED', REFUSING],
    ['one that answers another question', LYING],
    ['one that sends half a message', GARBLED],
    ['one that sends fewer records than it counts', SHORT],
  ] as const) {
    it(`asks the next upstream after ${what}`, async () => assert.equal(rcode(await ask(bad, GOOD)), 0));
  }

  it('drops what is no answer, waits on, and counts it', async () => {
    const one = await made(
      responder((query) => echo(query, 0, 0)),
      GOOD,
    );
    await fetchAnswer(one, question());
    assert.equal(one.upstreams[0]?.dropped, 1);
  });

  it('passes a SERVFAIL on when nobody knows better', async () =>
    assert.equal(rcode(await ask(BROKEN, SILENT)), 2));

  it('fails when all fail', async () => {
    await assert.rejects(ask(SILENT, 'nobody'), { code: 'UPSTREAM_FAILED' });
  });

  it('fails when there is nobody to ask', async () => {
    await assert.rejects(ask(), { code: 'UPSTREAM_FAILED', failure: 'none' });
  });

  for (const [what, udp] of [
    ['truncated', TRUNCATING],
    ['larger than we take', HUGE],
    ['lost', SILENT],
  ] as const) {
    it(`asks over TCP when an answer over UDP was ${what}`, async () => {
      const at = await upstream(
        udp,
        responder((query) => echo(query, 3)),
      );
      assert.equal(rcode(await fetchAnswer(forwarder({ upstreams: [at] }), plain())), 3);
    });
  }

  it('remembers who answers over TCP alone', async () => {
    let overUdp = 0;
    const udp = responder(() => {
      overUdp += 1;
      return undefined;
    });
    const one = forwarder({ upstreams: [await upstream(udp, GOOD)] });
    await fetchAnswer(one, question());
    assert.equal(overUdp, 2);
    for (let times = 0; times < 5; times += 1) assert.equal(rcode(await fetchAnswer(one, question())), 0);
    assert.deepEqual([overUdp, one.upstreams[0]?.healthy], [2, true]);
  });

  for (const [what, refuse] of [
    ['says FORMERR without OPT', formerr],
    ['says BADVERS', badvers],
  ] as const) {
    it(`asks once more without EDNS where an upstream ${what}, and remembers that`, async () => {
      const asked: boolean[] = [];
      const without = responder((query) => {
        asked.push(hasOpt(query));
        return hasOpt(query) ? refuse(query) : echo(query, RCODE.NXDOMAIN);
      });
      const one = forwarder({ upstreams: [await upstream(without)] });
      for (let times = 0; times < 3; times += 1)
        assert.equal(rcode(await fetchAnswer(one, question())), RCODE.NXDOMAIN);
      assert.deepEqual(asked, [true, false, false, false]);
      assert.equal(isQuick((one.upstreams[0] as Upstream).standing), false);
    });
  }

  it('passes a FORMERR on that is not about EDNS', async () => {
    const formerrWithOpt = responder((query) => echo(query, RCODE.FORMERR));
    assert.equal(rcode(await ask(formerrWithOpt)), RCODE.FORMERR);
    assert.equal(rcode(await fetchAnswer(await made(formerrWithOpt), plain())), RCODE.FORMERR);
  });

  it('goes on to ask with EDNS where a FORMERR was about something else', async () => {
    const asked: boolean[] = [];
    const choosy = responder((query) => {
      asked.push(hasOpt(query));
      const isText = query[questionNameEnd(query) + 1] === TYPE.TXT;
      return isText ? echo(hasOpt(query) ? withoutOpt(query) : query, RCODE.FORMERR) : echo(query);
    });
    const one = await made(choosy);
    const text = await fetchAnswer(one, encodeQuestion(0, 'example.org.', TYPE.TXT));
    assert.equal(rcode(text), RCODE.FORMERR);
    assert.equal(rcode(await fetchAnswer(one, question())), RCODE.NOERROR);
    assert.deepEqual(asked, [true, false, true]);
  });

  it('never passes BADVERS on', async () => {
    await assert.rejects(ask(responder((query) => (hasOpt(query) ? badvers(query) : undefined))), {
      code: 'UPSTREAM_FAILED',
    });
  });

  it('takes nothing truncated over TCP', async () => {
    await assert.rejects(ask(TRUNCATING), { code: 'UPSTREAM_FAILED' });
  });

  it('stays with the upstream that answers', async () => {
    const [first, second] = [await counting(), await counting()];
    first.answers = false;
    const one = forwarder({ upstreams: [first.at, second.at] });
    for (let times = 0; times < 5; times += 1) await fetchAnswer(one, question());
    assert.deepEqual([first.asked, second.asked], [1, 5]);
  });

  it('goes by its own eyes where others are quickly told that somebody cannot answer', async () => {
    const best: (SocketAddress | undefined)[] = [];
    const [broken, good] = [await upstream(BROKEN), await upstream(GOOD)];
    const clock = new ManualClock();
    const one = forwarder({ upstreams: [broken, good], onBest: ({ at }) => best.push(at), clock });
    assert.equal(rcode(await fetchAnswer(one, question())), 0);
    assert.deepEqual(best.at(-1), good);
    for (let times = 0; times < 100; times += 1) one.heard((one.upstreams[0] as Upstream).name, 0);
    assert.deepEqual(best.at(-1), good);
  });

  it('refuses to hold more questions than it is allowed', async () => {
    const one = forwarder({ upstreams: [await upstream(SILENT)], totalMs: 60, most: 1 });
    const held = assert.rejects(fetchAnswer(one, question()), { code: 'UPSTREAM_FAILED' });
    await assert.rejects(fetchAnswer(one, question()), { failure: 'busy' });
    await held;
  });

  it('ends what is under way when it is closed', async () => {
    const one = forwarder({ upstreams: [await upstream(SILENT)], totalMs: 60_000 });
    const asked = fetchAnswer(one, question());
    one.close();
    await assert.rejects(asked, { code: 'UPSTREAM_FAILED' });
  });

  it('takes other upstreams while it runs, and keeps what it knows of those that stay', async () => {
    const [first, second] = [await counting(), await counting()];
    const one = forwarder({ upstreams: [first.at] });
    await fetchAnswer(one, question());
    const [known] = one.upstreams;
    one.use([second.at, first.at]);
    assert.equal(one.upstreams[1], known);
    one.use([second.at]);
    await fetchAnswer(one, question());
    assert.deepEqual([first.asked, second.asked], [1, 1]);
  });

  it('asks those who take the place of all whom it waits for', async () => {
    const second = await counting();
    const one = forwarder({ upstreams: [await upstream(SILENT)], totalMs: 60_000 });
    const asked = fetchAnswer(one, question());
    one.use([second.at]);
    assert.equal(rcode(await asked), 0);
    assert.equal(second.asked, 1);
  });

  it('leaves out who is silent until a probe is answered', async () => {
    const clock = new ManualClock();
    const lines: string[] = [];
    const log = createLog({
      level: 'info',
      format: 'json',
      write: (line) => lines.push(JSON.parse(line).message),
      clock,
    });
    const [first, second] = [await counting(), await counting()];
    const one = forwarder({ upstreams: [first.at, second.at], clock, log });
    first.answers = false;
    one.start();
    await eventually(() => assert.deepEqual([first.asked, second.asked], [1, 1]));
    await clock.advance(2_000);
    assert.equal(one.upstreams[0]?.healthy, true, 'one silence may be a lost packet');
    for (let times = 0; times < 2; times += 1) {
      first.asked = 0;
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const asker = { answered: resolve, failed: reject };
      (one.upstreams[0] as Upstream).ask(question(), 'udp', asker).limit(1_000);
      const silence = assert.rejects(promise);
      await eventually(() => assert.equal(first.asked, 1));
      await clock.advance(1_000);
      await silence;
    }
    assert.deepEqual(lines, ['an upstream does not answer and is asked last until it does']);
    const before = second.asked;
    await fetchAnswer(one, question());
    assert.equal(second.asked, before + 1);
    first.answers = true;
    await clock.advance(2_000);
    await eventually(async () => {
      await clock.advance(1_000);
      assert.equal(lines.at(-1), 'an upstream answers again');
    });
  });

  it('finds out that an upstream leads back to it, ends what waits, and asks it no more', async () => {
    const clock = new ManualClock();
    let back: Recursor | undefined;
    const circular = await upstream({
      respond: (query, length, _reply, exchange) => {
        const send = exchange.defer();
        const again = Buffer.from(query.subarray(0, length));
        const passedOn = back === undefined ? Promise.reject(new Error('nobody')) : fetchAnswer(back, again);
        passedOn.then(
          ({ message }) => send(message),
          () => send(echo(again, 2)),
        );
        return LATER;
      },
    });
    const good = await counting();
    const one = forwarder({ upstreams: [circular], clock });
    back = new ForwardCache(one, { bytes: 0, clock });
    const waiting = assert.rejects(fetchAnswer(back, question()), { failure: 'loop' });
    one.start();
    await waiting;
    await assert.rejects(fetchAnswer(back, question()), { failure: 'loop' });
    assert.equal(one.upstreams[0]?.standing.loops, true);
    one.use([circular, good.at]);
    assert.equal(rcode(await fetchAnswer(one, question())), 0);
    assert.equal(one.upstreams[0]?.standing.loops, true);
    back = fetching(async (again) => ({ message: echo(again) }));
    await eventually(async () => {
      await clock.advance(1_000);
      assert.equal(one.upstreams[0]?.standing.loops, false);
    });
  });
});

describe('an upstream’s standing', () => {
  const times = (count: number, change: (standing: Standing) => Standing, from = UNKNOWN) =>
    Array.from({ length: count }).reduce<Standing>(change, from);
  const fast = answered(UNKNOWN, 2);
  const slow = answered(UNKNOWN, 80);
  const order = (...all: Standing[]) =>
    ranked(all.map((standing, at) => ({ standing, at }))).map(({ at }) => at);

  for (const [what, standings, expected] of [
    ['as they were told while nothing is known', [UNKNOWN, UNKNOWN], [0, 1]],
    ['the quicker one first', [slow, fast], [1, 0]],
    ['who was late behind who was not', [faulted(fast), slow], [1, 0]],
    ['who was late once before who was late often', [times(3, faulted, fast), faulted(slow)], [1, 0]],
    ['the silent last', [times(3, silent, fast), times(9, faulted, slow)], [1, 0]],
    ['the silent all the same when all are', [times(3, silent, slow), times(3, silent, fast)], [1, 0]],
    ['none that leads back to us', [looping(fast, true), slow], [1]],
    ['the slow one again some day', [times(300, passedOver, slow), fast], [0, 1]],
  ] as const) {
    it(`asks ${what}`, () => assert.deepEqual(order(...standings), expected));
  }

  for (const [what, standing, ms] of [
    ['a guess for one that is not known', UNKNOWN, 400],
    ['no less than a little for a quick one', fast, 100],
    ['its round trip and what that varies for others', slow, 240],
    ['no more than a second', answered(UNKNOWN, 3_000), 1_000],
  ] as const) {
    it(`is patient for ${what}`, () => assert.equal(patience(standing), ms));
  }

  const overTcp = (standing: Standing) => answered(standing, 2, 'tcp');
  for (const [what, standing, tcpFirst] of [
    ['is asked over UDP', fast, 0],
    ['is asked over TCP once that has answered where UDP had not', overTcp(fast), 100],
    ['is asked over TCP although nothing comes over UDP', times(5, silent, overTcp(fast)), 100],
    ['is asked over UDP again when a hundred were answered over TCP', times(101, overTcp, fast), 0],
    ['is asked over UDP again when that has answered', answered(overTcp(fast), 2), 0],
    ['is asked over UDP again when TCP is silent as well', silent(overTcp(fast), 'tcp'), 0],
  ] as const) {
    it(what, () => assert.equal(standing.tcpFirst, tcpFirst));
  }

  it('is asked without EDNS a hundred times where it refused that', () => {
    const refused = refusedEdns(fast);
    assert.deepEqual([times(99, (standing) => answered(standing, 2), refused).withoutEdns], [1]);
    assert.deepEqual([times(101, (standing) => answered(standing, 2), refused).withoutEdns], [0]);
  });

  it('follows the round trip, and forgives everything with an answer', () => {
    const settled = times(
      50,
      (standing) => answered(standing, 20),
      times(5, silent, times(5, faulted, slow)),
    );
    assert.ok(Math.abs(settled.roundTrip - 20) < 1 && settled.variation < 1);
    assert.deepEqual([settled.faults, settled.silences, isHealthy(settled)], [0, 0, true]);
  });
});

describe('stub routes', () => {
  const named = (name: string): Recursor => fetching(async () => ({ message: Buffer.from(name) }));
  const zones = ['corp.example.', 'deep.corp.example.', '10.in-addr.arpa.'];
  const routes = new StubRoutes(
    zones.map((zone) => ({ zone, recursor: named(zone) })),
    named('others'),
  );
  for (const [name, zone] of [
    ['www.example.org.', 'others'],
    ['corp.example.', 'corp.example.'],
    ['a.b.CORP.Example.', 'corp.example.'],
    ['x.deep.corp.example.', 'deep.corp.example.'],
    ['xcorp.example.', 'others'],
    ['example.', 'others'],
    ['1.2.3.10.in-addr.arpa.', '10.in-addr.arpa.'],
    ['.', 'others'],
  ] as const) {
    it(`takes ${name} to ${zone}`, async () => {
      const { message } = await fetchAnswer(routes, encodeQuestion(0, name, TYPE.A));
      assert.equal(String(message), zone);
    });
  }
});

describe('answer matching', () => {
  const query = encodeQuestion(5, 'Example.org.', TYPE.HTTPS);
  const changed = (change: (reply: Buffer) => void) => {
    const reply = echo(query);
    change(reply);
    return reply;
  };
  for (const [what, reply, fits] of [
    ['the same question', echo(query), true],
    ['other letters’ case', changed((bytes) => bytes.write('eXAMPLE', 13)), true],
    ['another id', changed((bytes) => bytes.writeUInt16BE(6, 0)), false],
    ['a query', query, false],
    ['another name', changed((bytes) => bytes.write('f', 13)), false],
    ['another type that differs by a letter’s case', changed((bytes) => bytes.writeUInt16BE(97, 25)), false],
    ['no question', changed((bytes) => bytes.writeUInt16BE(0, 4)), false],
    ['a name that never ends', changed((bytes) => bytes.writeUInt8(0xc0, 20)), false],
    ['a NOTIFY', changed((bytes) => bytes.writeUInt8(0xa0, 2)), false],
    ['a header alone', echo(query).subarray(0, 12), false],
  ] as const) {
    it(`${fits ? 'takes' : 'refuses'} ${what}`, () => assert.equal(isAnswerTo(query, reply), fits));
  }
});

describe('resolv.conf', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callsign-resolv-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('gives the name servers in order and leaves out what it does not understand', () => {
    const text =
      '# comment\nnameserver 10.0.0.1\n nameserver\tfd00::1\nnameserver nonsense\nsearch a b\noptions ndots:2\n';
    assert.deepEqual(parseResolvConf(text), [
      { host: '10.0.0.1', port: 53 },
      { host: 'fd00::1', port: 53 },
    ]);
  });

  it('is read again when it is written, replaced, linked elsewhere, and when it comes late', async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const path = join(folder, 'resolv.conf');
    const onChange = (servers: readonly SocketAddress[]) =>
      void seen.push(servers.map(({ host }) => host).join());
    const file = new ResolvConf({ path, onChange, log: silentLog, clock });
    await file.start();
    const changes: readonly (() => Promise<void>)[] = [
      () => writeFile(path, 'nameserver 10.0.0.1'),
      () => writeFile(path, 'nameserver 10.0.0.2'),
      async () => {
        await writeFile(`${path}.new`, 'nameserver 10.0.0.3');
        await rename(`${path}.new`, path);
      },
      async () => {
        await writeFile(`${path}.target`, 'nameserver 10.0.0.4');
        await rm(path);
        await symlink(`${path}.target`, path);
      },
      () => writeFile(`${path}.target`, 'nameserver 10.0.0.5\nnameserver ::1'),
    ];
    for (const [at, change] of changes.entries()) {
      await change();
      await eventually(async () => {
        await clock.advance(2_000);
        assert.equal(seen.length, at + 1);
      });
    }
    assert.deepEqual(seen, ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5,::1']);
    await file.close();
  });
});
