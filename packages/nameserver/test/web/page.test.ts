import assert from 'node:assert/strict';
import type { Store, Write } from '@callsign/catalog';
import type { SocketAddress } from '@callsign/daemon';
import { parseNetwork } from '@callsign/dns';
import axe from 'axe-core';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { Bridge } from '../../../../test/support/bridge.ts';
import { buildDashboard, Chromium, Misdeeds } from '../../../../test/support/browser.ts';
import { ask, parseDig } from '../../../../test/support/dig.ts';
import { CHROMIUM, DIG, IP, requireParts } from '../../../../test/support/parts.ts';
import { type Running, running } from '../support/running.ts';

const MARKUP = '<img src=x onerror="document.title=1"><b>bold</b>';
const MANY = 10_000;
const AT_ONCE = 100;
/** CSS pixels: 1280 of them at 400 % (WCAG 2.2, 1.4.10). */
const NARROW = 320;

describe('the dashboard in Chromium', function () {
  this.timeout(120_000);
  let server: Running;
  let bridge: Bridge;
  let chromium: Chromium;
  let page: Page;
  let misdeeds: Misdeeds;
  let origin: string;
  let dns: SocketAddress;

  before(async function () {
    requireParts(this, CHROMIUM, DIG, IP);
    bridge = await Bridge.claim();
    const there = { http: [{ host: bridge.gateway, port: 0 }], allowWrite: [parseNetwork(bridge.gateway)] };
    [server, chromium] = await Promise.all([running(there), Chromium.start(bridge), buildDashboard()]);
    origin = server.origin;
    dns = server.nameserver.dnsAddresses[0] as SocketAddress;
    await fill(server.store);
    await server.request('PUT', '/v1/services/odd.lab.docker', { host: '10.9.9.9', port: 9, text: MARKUP });
  });

  after(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
    await bridge?.remove();
  });

  beforeEach(() => opened({}));

  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(misdeeds.list, []);
  });

  async function opened(options: BrowserContextOptions): Promise<void> {
    const context = await chromium.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    page = await context.newPage();
    misdeeds = new Misdeeds(page, origin);
  }

  async function visit(address = ''): Promise<void> {
    await page.goto(`${origin}/${address}`);
    await page.getByText('Live', { exact: true }).waitFor();
  }

  const row = (name: string): Locator => page.getByRole('row').filter({ hasText: name });
  const rows = (): Promise<number> => page.locator('.body [role=row]').count();
  /** How many are found, where it is seen: a screen reader is told the same elsewhere, a moment later. */
  const found = (text: string): Locator => page.locator('output').and(page.getByText(text, { exact: true }));
  const search = (): Locator => page.getByRole('searchbox', { name: 'Search services' });

  it(`finds one service among ${MANY}, of which few are drawn`, async () => {
    await visit();
    await found(`${(MANY + 1).toLocaleString('en')} services`).waitFor();
    assert.ok((await rows()) < 100, `${await rows()} rows are drawn`);
    await search().fill('web-7777');
    await row('web-7777').waitFor();
    assert.equal(await rows(), 3, 'the instance, its service and its environment');
    await found(`1 of ${(MANY + 1).toLocaleString('en')} services`).waitFor();
  });

  it('draws what is scrolled to', async () => {
    await visit('?environment=dev');
    await page.locator('.scroller').evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await row('web-9998').waitFor();
    assert.ok((await rows()) < 100, `${await rows()} rows are drawn`);
  });

  it('keeps the filter in its address, step by step', async () => {
    await visit();
    await search().pressSequentially('web-1234');
    await page.getByRole('combobox', { name: 'Filter by environment' }).selectOption('dev');
    await page.waitForURL(`${origin}/?text=web-1234&environment=dev`);
    await page.reload();
    await row('web-1234').waitFor();
    await page.goBack();
    await page.waitForURL(`${origin}/?text=web-1234`);
    await page.goBack();
    await page.waitForURL((url) => url.search === '');
    assert.equal(await search().inputValue(), '');
  });

  it('is used by the keyboard alone', async () => {
    await visit();
    await page.keyboard.press('Tab');
    await page.getByRole('link', { name: 'Skip to the content' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('id42.n2');
    await page.keyboard.press('ArrowDown');
    await focused('dev');
    await page.keyboard.press('End');
    await focused('web-42');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'web-42', exact: true }).and(page.locator(':focus')).waitFor();
    await page.goBack();
    await focused('web-42');
  });

  async function focused(name: string): Promise<void> {
    await row(name).and(page.locator(':focus')).first().waitFor();
  }

  it('shows the answer to a question in place, as dig prints it', async () => {
    await visit('?service=odd.lab.docker.');
    await page.getByRole('button', { name: 'Try: SRV odd.lab.docker.' }).click();
    const shown = parseDig(await answer());
    const { rcode, flags, answer: found, additional } = await ask(dns, 'odd.lab.docker', 'SRV');
    assert.deepEqual(shown, { rcode, flags, answer: found, authority: [], additional });
  });

  it('asks whatever is typed, and says what is wrong with it', async () => {
    await visit('?service=odd.lab.docker.');
    await page.getByRole('textbox', { name: 'Name' }).fill('nobody.lab.docker');
    await page.getByRole('combobox', { name: 'Type' }).selectOption('TXT');
    await page.getByRole('button', { name: 'Ask' }).click();
    assert.match(await answer(), /status: NXDOMAIN/);
  });

  async function answer(): Promise<string> {
    return (await page.getByRole('region', { name: 'Answer' }).innerText()).replaceAll('\u00a0', ' ');
  }

  it('shows text that looks like markup as text', async () => {
    await visit('?service=odd.lab.docker.');
    await page.getByText(MARKUP, { exact: true }).waitFor();
    assert.equal(await page.locator('main img, main b').count(), 0);
  });

  it('shows what changes as it changes, and tells of it', async () => {
    await visit('?text=brief');
    await page.getByText('No service is like that.').waitFor();
    await server.request('PUT', '/v1/services/brief.lab.docker', { host: '10.1.1.1', port: 1 });
    await row('10.1.1.1:1').waitFor();
    await server.request('PUT', '/v1/services/brief.lab.docker', { host: '10.1.1.1', port: 2 });
    await row('10.1.1.1:2').waitFor();
    await server.request('DELETE', '/v1/services/brief.lab.docker');
    await page.getByText('No service is like that.').waitFor();
    await page.getByRole('link', { name: 'Events' }).click();
    const told = page.locator('tbody tr');
    await told.nth(2).waitFor();
    assert.deepEqual(await told.locator('td:nth-child(2)').allInnerTexts(), ['gone', 'changed', 'came']);
  });

  it('shows nodes and their leases, and leads to what is there', async () => {
    await visit('?view=nodes');
    await row('n2').getByText('3600 s').waitFor();
    await row('n2').getByRole('link').click();
    await page.waitForURL(`${origin}/?node=n2`);
  });

  it('says why there is nothing to show, and shows it when there is', async () => {
    const detail = 'the store has not been read yet';
    await page.route('**/v1/services', (route) => route.fulfill({ status: 503, json: { detail } }), {
      times: 1,
    });
    await page.goto(`${origin}/?text=id42.`);
    await page
      .getByRole('paragraph')
      .filter({ hasText: `Not connected: ${detail}` })
      .waitFor();
    await row('web-42').waitFor();
    assert.match(misdeeds.list.splice(0).join(), /503/);
  });

  it('keeps the theme that was chosen', async () => {
    await visit();
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    assert.equal(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'dark');
  });

  it('has room in a narrow window, and no fault in accessibility there', async () => {
    await page.setViewportSize({ width: NARROW, height: 800 });
    for (const address of ['?text=web-12', '?service=odd.lab.docker.', '?view=nodes', '?view=events']) {
      await visit(address);
      assert.deepEqual(await faults(page), [], address);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), NARROW, address);
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [what, address] of [
      ['the tree', '?text=web-12'],
      ['a service', '?service=odd.lab.docker.'],
      ['the nodes', '?view=nodes'],
      ['the events', '?view=events'],
    ] as const) {
      it(`has no fault in accessibility that axe finds: ${what}, ${colorScheme}`, async () => {
        await page.context().close();
        await opened({ colorScheme });
        await visit(address);
        assert.deepEqual(await faults(page), []);
      });
    }
  }
});

/** Half of them in each of two environments, on four nodes, all under one lease. */
async function fill(store: Store): Promise<void> {
  const lease = await store.leases.grant(3_600);
  const writes = Array.from({ length: MANY }, (_, at): Write => {
    const place = [at % 2 === 0 ? 'dev' : 'live', 'web', `web-${at}`, 'eu', `n${at % 4}`, `id${at}`];
    const host = `10.0.${at >> 8}.${at & 255}`;
    const value = JSON.stringify({ host, port: 80, callsign: { source: 'docker', owner: `n${at % 4}` } });
    return { kind: 'put', key: `docker/${place.join('/')}`, value } as Write;
  });
  for (let from = 0; from < MANY; from += AT_ONCE)
    await store.commit(writes.slice(from, from + AT_ONCE), { lease });
}

/** Evaluated in the page by the debugger, which its content security policy does not bind. */
async function faults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { readonly axe: typeof axe }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
