import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formatSocketAddress } from '@callsign/daemon';
import type { Locator, Page } from 'playwright-core';
import { buildDashboard, Chromium, Misdeeds } from '../support/browser.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, CHROMIUM, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { Asker } from './support/asker.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';

/** With `SCREENSHOTS=1` the pictures of the manual are made anew. */
const { SCREENSHOTS } = process.env;
const PICTURES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
/** Questions that are asked before, some after the other: a minute of them makes charts that show something. */
const LOAD = Array.from({ length: 20 }, () => 250);

const HEALTHY = ['--health-cmd', 'true', '--health-interval', '1s'];
const ILL = ['--health-cmd', 'false', '--health-interval', '1s', '--health-retries', '1'];

/** What else runs, for the pictures' sake. */
const OTHERS = [
  { image: 'redis:7.2', port: 6379, names: ['redis1', 'redis2'], health: HEALTHY },
  { image: 'postgres:16', port: 5432, names: ['orders-db'], health: HEALTHY },
  { image: 'nginx:1.27', port: 443, names: ['proxy'], health: [] },
  { image: 'shop/api:2.4', port: 8080, names: ['api-1', 'api-2', 'api-3'], health: HEALTHY },
  { image: 'shop/worker:2.4', port: 9000, names: ['worker-1'], health: ILL },
];

describe('e2e: the dashboard', function () {
  this.timeout(200_000);
  let engine: Engine;
  let etcd: Etcd;
  let nameserver: NameserverProcess;
  let registrar: RegistrarProcess;
  let chromium: Chromium;
  let page: Page;
  let misdeeds: Misdeeds;
  let origin: string;

  before(async function () {
    requireParts(this, BUSYBOX, CHROMIUM, DOCKERD, ETCD, IP);
    [engine, etcd] = await Promise.all([Engine.start(), Etcd.start(), buildDashboard()]);
    chromium = await Chromium.start(engine.bridge);
    await engine.importImage('web', 'EXPOSE 80');
    const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
    nameserver = new NameserverProcess(engine, store);
    origin = `http://${formatSocketAddress(nameserver.http)}`;
    registrar = new RegistrarProcess(engine, store, 'node1', '--health', 'ignore');
    await Promise.all([nameserver.start(), registrar.start()]);
    await engine.run('stayed', 'web');
    page = await chromium.browser.newPage({ viewport: { width: 1280, height: 800 } });
    misdeeds = new Misdeeds(page, origin);
    await page.goto(`${origin}/`);
    await row('stayed').waitFor();
  });

  afterEach(function () {
    explain(this, nameserver, registrar);
  });

  after(async () => {
    await chromium?.close();
    await registrar?.end('SIGTERM');
    await nameserver?.end('SIGTERM');
    await Promise.all([engine?.stop(), etcd?.close()]);
  });

  const row = (name: string): Locator => page.getByRole('row').filter({ hasText: name });

  it('shows a container that is started, with its address, node and age', async () => {
    const id = await engine.run('one', 'web');
    await page.goto(`${origin}/`);
    await row('one').waitFor();
    const cells = await row('one').getByRole('gridcell').allInnerTexts();
    const [name, state, address, node, age, ttl, source] = cells;
    const at = `${await engine.addressOf('one')}:80`;
    assert.deepEqual(
      [name, state, address, node, ttl, source],
      ['one', 'running', at, 'node1', '30 s', 'docker'],
    );
    assert.match(age ?? '', /^\d+ s$/);
    await row('one').click();
    await page.getByRole('heading', { name: 'one', exact: true }).waitFor();
    await page.getByText(id.slice(0, 12), { exact: true }).waitFor();
  });

  it('answers a question for it in place', async () => {
    await page.getByRole('button', { name: 'Try: A one.web.dev.docker.' }).click();
    const address = await engine.addressOf('one');
    await page
      .getByRole('region', { name: 'Answer' })
      .filter({ hasText: `IN A ${address}` })
      .waitFor();
  });

  it('shows that it has gone when it is stopped', async () => {
    await engine.docker('stop', 'one');
    await page.getByText('gone', { exact: true }).waitFor();
    await page.getByRole('link', { name: '← Back' }).click();
    await row('stayed').waitFor();
    assert.equal(await row('one').count(), 0);
  });

  it('says that the nameserver is away, and catches up when it is back', async () => {
    await nameserver.end('SIGTERM');
    await page.getByText('Not connected', { exact: true }).waitFor();
    await nameserver.start();
    await engine.docker('start', 'one');
    await row('one').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await engine.docker('rm', '--force', 'one');
  });

  it('has said nothing of anything wrong but that it could not reach the nameserver', () => {
    const others = misdeeds.list.filter((each) => !each.includes('net::ERR_'));
    assert.deepEqual(others, []);
  });

  if (SCREENSHOTS !== undefined) {
    it('is in the manual', async () => {
      await mkdir(PICTURES, { recursive: true });
      for (const { image, port, names, health } of OTHERS) {
        const changes = ['CMD ["sleep", "infinity"]', `EXPOSE ${port}`];
        await engine.importRoot(image, engine.path('rootfs'), ...changes);
        await Promise.all(names.map((name) => engine.run(name, image, ...health)));
      }
      await row('unhealthy').first().waitFor();
      const address = await engine.addressOf('stayed');
      const asker = new Asker({ server: nameserver.dns, name: 'stayed.web.dev.docker', address });
      for (const questions of LOAD) await asker.hears(questions);
      await page.goto(`${origin}/`);
      await row('worker-1').waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${PICTURES}dashboard-${colorScheme}.png` });
      }
      await page.setViewportSize({ width: 1280, height: 1200 });
      await page.getByRole('link', { name: 'redis1' }).click();
      await page.getByRole('button', { name: 'Try: SRV redis.dev.docker.' }).click();
      await page.getByRole('region', { name: 'Answer' }).waitFor();
      await page.screenshot({ path: `${PICTURES}dashboard-service.png` });
      asker.close();
    });
  }
});
