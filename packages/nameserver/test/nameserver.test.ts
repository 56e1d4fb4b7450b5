import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { put } from '@callsign/catalog';
import type { SocketAddress } from '@callsign/daemon';
import { decodeMessage, encodeMessage, FLAG, openEndpoint, RCODE, type Responder } from '@callsign/dns';
import { eventually } from '../../../test/support/wait.ts';
import { questionBytes, type Seen, seen } from './support/answering.ts';
import { running } from './support/running.ts';

async function overUdp({ host, port }: SocketAddress, query: Buffer): Promise<Seen> {
  const client = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  client.send(query, port, host);
  const [reply] = (await once(client, 'message')) as [Buffer];
  client.close();
  return seen(reply);
}

async function overTcp({ host, port }: SocketAddress, query: Buffer): Promise<Seen> {
  const client = connect({ host, port });
  client.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]));
  const [reply] = (await once(client, 'data')) as [Buffer];
  client.destroy();
  return seen(reply.subarray(2));
}

/** An upstream that knows one address for every name. */
const UPSTREAM: Responder = {
  respond: (query, length, reply) => {
    const { id, question } = decodeMessage(Buffer.from(query.subarray(0, length)));
    const answer = [{ name: question.name, ttl: 60, type: 'A' as const, address: '192.0.2.1' }];
    const flags = FLAG.QR | FLAG.RA;
    return encodeMessage({
      id,
      flags,
      rcode: RCODE.NOERROR,
      question,
      answer,
      authority: [],
      additional: [],
    }).copy(reply);
  },
};

describe('nameserver', () => {
  it('answers on several addresses of both families, over UDP and TCP', async () => {
    const dns = ['127.0.0.1', '::1'].map((host) => ({ host, port: 0 }));
    await using server = await running({ dns, udpThreads: 1 });
    const revision = await put(server.store, 'docker/web', '{"host":"10.0.0.1"}');
    await eventually(async () => {
      const { text } = await server.request('GET', '/metrics');
      assert.match(text, new RegExp(`^callsign_zone_revision ${revision}$`, 'm'));
    });
    for (const at of server.nameserver.dnsAddresses) {
      for (const ask of [overUdp, overTcp]) {
        assert.deepEqual((await ask(at, questionBytes('web.docker', 'A'))).answer, [
          'web.docker. 30 IN A 10.0.0.1',
        ]);
      }
    }
  });

  it('forwards what is not its own, and the second time answers by itself', async () => {
    const upstream = await openEndpoint({ host: '127.0.0.1', port: 0 }, UPSTREAM);
    await using server = await running({ upstreams: [upstream.address] });
    const [at] = server.nameserver.dnsAddresses;
    for (const name of ['www.example.org', 'WWW.example.ORG']) {
      const { answer } = await overUdp(at as SocketAddress, questionBytes(name, 'A'));
      assert.match(answer[0] ?? '', / IN A 192\.0\.2\.1$/);
    }
    const { text } = await server.request('GET', '/metrics');
    assert.match(text, /^callsign_cache_hits_total\{type="success"\} 1$/m);
    assert.match(text, /^callsign_cache_misses_total 1$/m);
    await upstream.close();
  });

  it('does not ask itself, and refuses what nobody else is there for', async () => {
    const taken = await openEndpoint({ host: '127.0.0.1', port: 0 }, UPSTREAM);
    const { address } = taken;
    await taken.close();
    await using server = await running({ dns: [address], upstreams: [address] });
    const { rcode } = await overUdp(
      server.nameserver.dnsAddresses[0] as SocketAddress,
      questionBytes('www.example.org', 'A'),
    );
    assert.equal(rcode, 'REFUSED');
  });

  it('is not ready once it is asked to end', async () => {
    await using server = await running({ udpThreads: 1 });
    assert.equal(server.nameserver.unready, undefined);
    await server.nameserver.close();
    assert.equal(server.nameserver.unready, 'it is being stopped');
  });
});
