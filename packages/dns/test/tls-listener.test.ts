import assert from 'node:assert/strict';
import { once } from 'node:events';
import { encodeQuestion, Networks, parseNetwork, TLS_LIMITS, TlsListener, TYPE } from '@callsign/dns';
import { eventually } from '../../../test/support/wait.ts';
import { ECHO, encryptedListener, NAME, OTHER_NAME } from './encrypted-listener.ts';
import { echo, owing, responder } from './responders.ts';
import { closed, framed, ids, repliesOf } from './stream-messages.ts';

const QUESTION = encodeQuestion(7, 'web.docker.', TYPE.A);

/** A question whose OPT record, its last one, has an option of padding (RFC 7830, 3). */
function withPadding(question: Buffer): Buffer {
  const padded = Buffer.concat([question, Buffer.from('000c000400000000', 'hex')]);
  padded.writeUInt16BE(8, question.length - 2);
  return padded;
}

/** Takes longer for the question with the id 1 than for all others. */
const firstLate = responder((query, exchange) => {
  if (query.readUInt16BE(0) !== 1) return echo(query);
  const send = exchange.defer();
  setImmediate(() => send(echo(query)));
  return undefined;
});

describe('tls listener', () => {
  const { listen, close, renew, openTls: open, openPlain, counters } = encryptedListener(TlsListener, 'dot');

  it('answers what is pipelined, as the answers come', async () => {
    await listen(firstLate);
    const socket = open();
    socket.write(framed(...[1, 2, 3].map((id) => encodeQuestion(id, 'web.docker.', TYPE.A))));
    assert.deepEqual(await ids(socket, 3), [2, 3, 1]);
    assert.equal(socket.alpnProtocol, 'dot');
  });

  it('pads a late answer as its own question was padded, not as the one before it', async () => {
    await listen(firstLate);
    const socket = open();
    const [first, second] = [1, 2].map((id) => encodeQuestion(id, 'web.docker.', TYPE.A)) as [Buffer, Buffer];
    socket.write(framed(withPadding(first), second));
    const replies = await repliesOf(socket)(2);
    assert.deepEqual(
      replies.map((reply) => [reply.readUInt16BE(0), reply.length]),
      [
        [2, second.length],
        [1, 468],
      ],
    );
  });

  it('tells the responder the transport and the client, and sends answers of many messages', async () => {
    let asked = '';
    const transfer = responder((query, { transport, peer, stream }) => {
      asked = `${transport} from ${peer}`;
      const reply = stream?.();
      void (async () => {
        for (let left = 50; left > 0; left -= 1)
          await reply?.send(Buffer.concat([echo(query), Buffer.alloc(60_000)]));
        reply?.end();
      })();
      return undefined;
    });
    await listen(transfer);
    const socket = open();
    socket.end(framed(QUESTION));
    const replies = await repliesOf(socket)(51);
    assert.equal(replies.length, 50, 'and then it ends, as the client has');
    assert.ok(replies.every(({ length }) => length === QUESTION.length + 60_000));
    assert.equal(asked, 'tls from 127.0.0.1');
  });

  it('asks nobody for less than TLS 1.2, and takes up a session again', async () => {
    await listen();
    await closed(open({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }));
    assert.equal(counters().handshakesFailed, 1);
    const first = open({ maxVersion: 'TLSv1.2' });
    const [session] = (await once(first, 'session')) as [Buffer];
    const second = open({ maxVersion: 'TLSv1.2', session });
    await once(second, 'secureConnect');
    assert.equal(second.isSessionReused(), true);
  });

  it('refuses who wants to speak something else', async () => {
    await listen();
    await closed(open({ ALPNProtocols: ['h2'] }));
    const plain = openPlain();
    plain.write(framed(QUESTION));
    await closed(plain);
    assert.equal(counters().handshakesFailed, 2);
    await eventually(() => assert.equal(counters().open, 0));
  });

  it('does not wait for who never says hello', async () => {
    await listen(ECHO, { limits: { ...TLS_LIMITS, handshakeMs: 50 } });
    await closed(openPlain());
    assert.equal(counters().handshakesFailed, 1);
  });

  it('lets in who comes when the silent have taken every place', async () => {
    await listen(ECHO, { limits: { ...TLS_LIMITS, connections: 3 } });
    for (let left = 3; left > 0; left -= 1) openPlain();
    await eventually(() => assert.equal(counters().open, 3));
    const socket = open();
    socket.write(framed(QUESTION));
    assert.deepEqual(await ids(socket, 1), [7]);
    assert.equal(counters().crowded, 1);
  });

  it('closes a connection that is silent after its handshake, and one that trickles', async () => {
    await listen(ECHO, { limits: { ...TLS_LIMITS, idleMs: 20 } });
    await closed(open());
    await close();
    await listen(ECHO, { limits: { ...TLS_LIMITS, messageMs: 50 } });
    const socket = open();
    const trickle = setInterval(() => socket.write(Buffer.from([1])), 5);
    await closed(socket);
    clearInterval(trickle);
  });

  it('answers what it has read when it is closed, and ends at once what is idle', async () => {
    const { sends, answering } = owing();
    await listen(answering, { limits: { ...TLS_LIMITS, graceMs: 20_000 } });
    const [socket, idle, silent] = [open(), open(), openPlain()];
    socket.write(framed(QUESTION));
    await once(idle, 'secureConnect');
    await eventually(() => assert.deepEqual([sends.length, counters().open], [1, 3]));
    const closing = close();
    await Promise.all([closed(idle), closed(silent)]);
    for (const send of sends) send();
    assert.deepEqual(await ids(socket, 2), [7]);
    await closing;
  });

  it('shows another certificate to new connections, while the old ones go on', async () => {
    await listen();
    const before = open();
    await once(before, 'secureConnect');
    await renew();
    const after = open({ servername: OTHER_NAME });
    await once(after, 'secureConnect');
    assert.equal(before.getPeerCertificate().subject.CN, NAME);
    assert.equal(after.getPeerCertificate().subject.CN, OTHER_NAME);
    before.write(framed(QUESTION));
    assert.deepEqual(await ids(before, 1), [7]);
  });

  it('finds the hello behind a PROXY header, and the client in it', async () => {
    let client = '';
    const witness = responder((query, { peer }) => {
      client = peer;
      return echo(query);
    });
    await listen(witness, { proxies: new Networks([parseNetwork('127.0.0.1')]) });
    const raw = openPlain();
    raw.write(Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c6336401d4310035', 'hex'));
    const socket = open({ socket: raw });
    socket.write(framed(QUESTION));
    assert.deepEqual(await ids(socket, 1), [7]);
    assert.equal(client, '192.0.2.1');
  });
});
