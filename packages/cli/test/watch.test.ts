import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatSocketAddress } from '@callsign/daemon';
import { eventually } from '../../../test/support/wait.ts';
import { type Running, running } from '../../nameserver/test/support/running.ts';
import { ran } from './ran.ts';

describe('callsign watch', () => {
  /** Runs until it has printed what it is to print, while `work` makes that happen. */
  async function watched(
    argv: readonly string[],
    lines: number,
    work: (printed: readonly string[]) => Promise<unknown> = async () => {},
  ) {
    const stop = new AbortController();
    const printed: string[] = [];
    const print = (line: string) => {
      printed.push(line);
      if (printed.length === lines) stop.abort();
    };
    const ended = ran(['watch', ...argv], {}, { stop: stop.signal, print });
    await work(printed);
    const { code, logged } = await ended;
    return { code, logged, printed };
  }

  describe('a nameserver', () => {
    let server: Running;
    let http: readonly string[];
    let before: number;

    beforeEach(async () => {
      server = await running();
      http = ['--http', formatSocketAddress(server.nameserver.httpAddresses[0] ?? assert.fail())];
      before = (await server.request('PUT', '/v1/services/old.docker', { host: '10.0.0.1' })).json.revision;
      await server.request('PUT', '/v1/services/a.lab.docker', {
        host: '10.0.0.2',
        port: 80,
        text: 'x\u001b[2J',
      });
      await server.request('PUT', '/v1/services/b.docker', { text: 'be kind' });
      await server.request('DELETE', '/v1/services/a.lab.docker');
    });

    afterEach(async () => {
      await server[Symbol.asyncDispose]();
    });

    it('shows people what came and went after a revision', async () => {
      const { code, printed } = await watched(['--after', String(before), ...http], 3);
      assert.equal(code, 0);
      assert.match(printed[0] ?? '', /^(put {5}|delete {2})a\.lab\.docker\./);
      assert.deepEqual(printed.slice(1), ['put     b.docker. be kind (rest)', 'delete  a.lab.docker.']);
    });

    it('shows programs a document for each, of the names that they want', async () => {
      const argv = ['b.docker', '--json', '--after', String(before), ...http];
      const { printed } = await watched(argv, 1);
      const { event, name, text } = JSON.parse(printed[0] ?? '');
      assert.deepEqual([event, name, text], ['put', 'b.docker.', 'be kind']);
    });

    it('begins with now', async () => {
      // Nothing tells when it listens: so it is changed until it has been seen.
      const { printed } = await watched(http, 1, (seen) =>
        eventually(async () => {
          await server.request('PUT', '/v1/services/new.docker', { host: '10.0.0.9', port: 1 });
          assert.equal(seen.length, 1);
        }),
      );
      assert.deepEqual(printed, ['put     new.docker. 10.0.0.9 port 1 (rest)']);
    });
  });

  describe('a stream', () => {
    /** A server whose streams are what a test says, one after the other. */
    async function streaming(...streams: readonly ((response: ServerResponse) => void)[]) {
      const asked: string[] = [];
      const server = createServer(({ url = '' }, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        streams[asked.push(url) - 1]?.(response);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const close = () => server.close() && server.closeAllConnections();
      return { asked, close, http: `127.0.0.1:${(server.address() as AddressInfo).port}` };
    }

    it('is taken up where it was cut', async () => {
      const { asked, close, http } = await streaming(
        (response) => {
          response.write('id: 7\n\nid: 8\nevent: put\ndata: {"name":"a.docker."}\n\n', () =>
            response.destroy(),
          );
        },
        (response) => response.end('id: 9\nevent: reset\ndata: {"revision":9}\n\n'),
        (response) => response.write('id: 10\nevent: delete\ndata: {"name":"b.docker."}\n\n'),
      );
      const { printed, logged } = await watched(['--http', http], 3);
      close();
      assert.deepEqual(asked, ['/v1/events', '/v1/events?after=8', '/v1/events?after=9']);
      assert.deepEqual(printed, ['put     a.docker.', 'reset   what there is follows', 'delete  b.docker.']);
      assert.match(logged, /^callsign watch: http:\/\/127.*\/v1\/events has ended: .*; asking again$/);
    });
  });

  it('ends with 69 where nobody answers, and with 78 for a name that is none', async () => {
    assert.equal((await ran(['watch', '--http', '127.0.0.1:2'])).code, 69);
    const { code, logged } = await ran(['watch', 'a..b', '--http', '127.0.0.1:2']);
    assert.match(logged, /empty label/);
    assert.equal(code, 78);
  });
});
