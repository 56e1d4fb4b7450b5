import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatSocketAddress } from '@callsign/daemon';
import { Collector } from '../support/collector.ts';
import { ask } from '../support/dig.ts';
import { DIG, requireParts } from '../support/parts.ts';
import { freePort } from '../support/ports.ts';
import { Callsign } from '../support/process.ts';
import { eventually } from '../support/wait.ts';

const HERE = ['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0'];
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const [SERVER, CLIENT, CONSUMER] = [2, 3, 5];

describe('the traces of a nameserver', function () {
  this.timeout(120_000);
  let folder = '';
  const running: Callsign[] = [];

  before(function () {
    requireParts(this, DIG);
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'callsign-traces-'));
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.end('SIGTERM')));
    rmSync(folder, { recursive: true });
  });

  it('have its requests, batches and passed on questions in them', async () => {
    await using collector = await Collector.start();
    const upstream = await started('--domain', 'example.org', '--nameserver', 'none');
    const asking = ['--nameserver', formatSocketAddress(upstream.dns), '--trace-sample', '1/1'];
    const nameserver = await started('--trace', collector.url, ...asking);
    const revision = await putWeb(nameserver);
    for (const name of ['example.org', 'web.docker']) await ask(nameserver.dns, name, 'SOA');
    await nameserver.end('SIGTERM');

    const [request] = collector.named('PUT /v1/services/:name');
    assert.deepEqual([request?.kind, request?.traceId, request?.parentSpanId], [SERVER, TRACE, PARENT]);
    assert.equal(request?.attributes['http.response.status_code'], 201);
    const [list] = collector.named('list');
    assert.deepEqual([list?.kind, list?.attributes['callsign.records']], [CLIENT, 0]);
    const [batch] = collector.named('batch');
    assert.deepEqual(
      [batch?.kind, batch?.attributes],
      [CONSUMER, { 'callsign.revision': revision, 'callsign.changes': 1 }],
    );
    const forwarded = collector.named('forward').map(({ kind, attributes }) => [kind, attributes]);
    const attributes = { 'dns.question.name': 'example.org.', 'dns.question.type': 'SOA' };
    assert.deepEqual(forwarded, [[CLIENT, { ...attributes, 'dns.response.code': 'NOERROR' }]]);
    const { 'service.name': service, 'host.name': host, ...rest } = batch?.resource ?? {};
    assert.deepEqual([service, typeof host], ['callsign-nameserver', 'string']);
    assert.deepEqual(Object.keys(rest), ['service.version', 'service.instance.id']);
  });

  it('are not waited for where nobody takes them, which the log says once', async () => {
    const nameserver = await started(
      '--trace',
      `http://127.0.0.1:${await freePort()}`,
      '--nameserver',
      'none',
    );
    await putWeb(nameserver);
    const line = await nameserver.logged(
      'traces are not taken: the first of them wait, the others are dropped',
    );
    assert.match(String(line.error), /fetch failed.*ECONNREFUSED/);
    assert.equal((await nameserver.end('SIGTERM')).code, 0);
  });

  it('want the URL of a collector', async () => {
    const nameserver = new Callsign(['nameserver', ...HERE, '--trace', 'collector:4318']);
    assert.deepEqual(await nameserver.exited, { code: 78, signal: null });
    assert.match(nameserver.said, /--trace: "collector:4318" is not the URL of a collector/);
  });

  async function started(...more: readonly string[]): Promise<Callsign> {
    const store = `embedded:${join(folder, `${running.length}.journal`)}`;
    const nameserver = new Callsign(['nameserver', '--store', store, ...HERE, ...more]);
    running.push(nameserver);
    await nameserver.logged('serving', 30_000);
    return nameserver;
  }

  /** Puts a service by REST as part of somebody's trace. @returns the revision that it made */
  async function putWeb({ http }: Callsign): Promise<number> {
    const api = `http://${formatSocketAddress(http)}`;
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
    return await eventually(async () => {
      const put = { method: 'PUT', headers, body: '{"host":"10.0.0.1"}' };
      const reply = await fetch(`${api}/v1/services/web.docker`, put);
      assert.equal(reply.status, 201);
      const { revision } = (await (await fetch(`${api}/v1/status`)).json()) as { revision: number };
      return revision;
    });
  }
});
