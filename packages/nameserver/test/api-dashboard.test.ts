import assert from 'node:assert/strict';
import { buildDashboard } from '../../../test/support/browser.ts';
import { type Running, running } from './support/running.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the dashboard over HTTP', function () {
  this.timeout(120_000);
  let server: Running;
  before(async () => {
    [server] = await Promise.all([running(), buildDashboard()]);
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [path, type, held] of [
    ['/', 'text/html', '<title>Callsign</title>'],
    ['/dashboard/style.css', 'text/css', 'color-scheme: light dark'],
    ['/dashboard/icon.svg', 'image/svg+xml', '<svg'],
    ['/dashboard/main.js', 'text/javascript', "from './feed.js'"],
    ['/dashboard/model/tree.js', 'text/javascript', 'export function rowsOf'],
  ] as const) {
    it(`serves ${path}, to be read as what it is and by this page alone`, async () => {
      const { status, headers, text } = await server.request('GET', path, undefined, BROWSER);
      assert.deepEqual([status, headers.get('content-type')], [200, `${type}; charset=utf-8`]);
      assert.ok(text.includes(held), text);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      const policy = headers.get('content-security-policy') ?? '';
      for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "script-src 'self'"])
        assert.ok(policy.split('; ').includes(rule), policy);
    });
  }

  it('has every file that its page names', async () => {
    const { text } = await server.request('GET', '/', undefined, BROWSER);
    for (const [, path] of text.matchAll(/(?:src|href)="(dashboard\/[^"]+)"/g))
      assert.equal((await server.request('GET', `/${path}`)).status, 200, path);
  });

  for (const accept of ['application/json', '*/*', '']) {
    it(`has nothing at / for who takes "${accept}"`, async () => {
      const { status, json } = await server.request('GET', '/', undefined, { accept });
      assert.deepEqual([status, json.title], [404, 'NO_SUCH_PATH']);
    });
  }

  for (const path of [
    '/dashboard/main.ts',
    '/dashboard/tsconfig.json',
    '/dashboard/nothing.js',
    '/dashboard/model/nothing.js',
    '/dashboard/..%2fapi/status.js',
    '/dashboard/%2e%2e/..%2f..%2fpackage.json',
    '/dashboard/..%2f..%2findex.js',
    '/dashboard/main.js%00.svg',
  ]) {
    it(`has nothing at ${path}`, async () => {
      const { status, json } = await server.request('GET', path, undefined, BROWSER);
      assert.deepEqual([status, json.title], [404, 'NO_SUCH_PATH']);
    });
  }

  it('is not there when it is switched off', async () => {
    await using off = await running({ noDashboard: true });
    for (const path of ['/', '/dashboard/main.js', '/dashboard/style.css'])
      assert.equal((await off.request('GET', path, undefined, BROWSER)).status, 404, path);
  });

  it('is there to read where writes need a token', async () => {
    await using guarded = await running({ token: 'secret' });
    const { status, text } = await guarded.request('GET', '/', undefined, BROWSER);
    assert.equal(status, 200);
    assert.ok(!text.includes('secret'));
  });
});
