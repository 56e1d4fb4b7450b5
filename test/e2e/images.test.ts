import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SocketAddress } from '@callsign/daemon';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { exec } from '../support/exec.ts';
import { buildImages } from '../support/image.ts';
import { blocksOf, commandsOf, PAGES, takesImages } from '../support/manual.ts';
import { BUSYBOX, CURL, DIG, DOCKERD, IP, requireParts } from '../support/parts.ts';
import { eventually } from '../support/wait.ts';
import { once } from './support/again.ts';
import { assertPrinted, type Step, setBefore, stepsOf } from './support/walkthrough.ts';
import { zoneSettles } from './support/zone.ts';

/** A daemon in a container that was started just now has much to do, where others have too. */
const SETTLES_MS = 60_000;

/** As unprivileged as both can be: they ran so when this was written, and must never need more. */
const CONFINED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];

const TUTORIAL = stepsOf(blocksOf('docs/tutorial.md'));

/** The blocks of other pages that start the images, and those that run something inside of them. */
const BLOCKS = PAGES.filter((page) => page !== 'docs/tutorial.md')
  .flatMap(blocksOf)
  .filter(takesImages);
const ENTERED = BLOCKS.filter((block) => commandsOf(block).every((line) => line.startsWith('docker exec ')));
const STARTED = BLOCKS.filter((block) => !ENTERED.includes(block));
const PLUGINS = fileURLToPath(new URL('../../plugins', import.meta.url));
const MEASUREMENTS = readFileSync(new URL('../../docs/measurements.md', import.meta.url), 'utf8');
const { version: VERSION } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const LABELS: Readonly<Record<string, string>> = {
  registrar: 'Gives the containers of one Docker Engine their names',
  nameserver: 'Answers over DNS for every container that has a name',
};

describe('e2e: the two images, as the README starts them', function () {
  this.timeout(300_000);
  let engine: Engine;
  let dns: SocketAddress;

  before(async function () {
    requireParts(this, BUSYBOX, CURL, DIG, DOCKERD, IP);
    engine = await Engine.start();
    await buildImages(engine);
    await engine.importImage('web', 'EXPOSE 80');
  });

  after(async () => {
    await engine?.stop();
  });

  it('are as large as docs/measurements.md says', async () => {
    const [, said] = /\*\*on top of `node:24-bookworm-slim`\*\* \| \*\*(\d+) MB\*\*/.exec(MEASUREMENTS) ?? [];
    for (const image of ['callsign-nameserver', 'callsign-registrar']) {
      const onTop = (await sizeOf(image)) - (await sizeOf('node:24-bookworm-slim'));
      assert.ok(Math.abs(onTop / 1e6 - Number(said)) < 2, `${image}: ${onTop} bytes`);
    }
  });

  it('both become healthy', async () => {
    await engine.run(
      'nameserver',
      'callsign-nameserver',
      ...CONFINED,
      '--volume',
      'callsign:/var/lib/callsign',
    );
    const host = await engine.addressOf('nameserver');
    dns = { host, port: 53 };
    const group = await exec('stat', ['--format', '%g', engine.socket]);
    const socket = ['--volume', `${engine.socket}:/var/run/docker.sock`, '--group-add', group.trim()];
    const told = ['--env', `CALLSIGN_STORE=http://${host}:8080`, '--env', 'CALLSIGN_NODE=here'];
    await engine.run('registrar', 'callsign-registrar', ...CONFINED, ...socket, ...told);
    await Promise.all(['nameserver', 'registrar'].map(healthy));
  });

  it('the nameserver has what its threads need for whole batches of datagrams', async () => {
    const metrics = await (await fetch(`http://${dns.host}:8080/metrics`)).text();
    assert.match(metrics, /^callsign_dns_udp_threads [1-9]/m);
  });

  it('the nameserver has a dashboard, scripts and all', async () => {
    const origin = `http://${dns.host}:8080`;
    const page = await (await fetch(`${origin}/`, { headers: { accept: 'text/html' } })).text();
    const named = [...page.matchAll(/(?:src|href)="(dashboard\/[^"]+)"/g)].map(([, path]) => path);
    assert.ok(named.includes('dashboard/main.js'), page);
    for (const path of [...named, 'dashboard/model/tree.js'])
      assert.equal((await fetch(`${origin}/${path}`)).status, 200, path);
  });

  it('the zone is what docker ps says, themselves included', async () => {
    await engine.run('one', 'web');
    await settles();
    await engine.docker('rm', '--force', 'one');
    await settles();
  });

  it('the records outlive a nameserver that is killed', async function () {
    await once(this, () => engine.docker('kill', 'nameserver'));
    await engine.docker('start', 'nameserver');
    await settles();
  });

  for (const name of ['registrar', 'nameserver']) {
    it(`the ${name} runs as nobody special, says what it is, and ends at once when asked`, async () => {
      const inspected = JSON.parse(await engine.docker('inspect', name))[0];
      assert.equal(inspected.Config.User, 'node');
      assert.deepEqual(labelsOf(inspected), {
        title: `callsign-${name}`,
        description: LABELS[name],
        version: VERSION,
        revision: 'unknown',
        licenses: 'MIT',
        vendor: 'Callsign',
        'base.name': 'node:24-bookworm-slim',
      });
      await engine.docker('stop', name);
      const code = await engine.docker('inspect', '--format', '{{.State.ExitCode}}', name);
      assert.equal(code, '0', await logOf(name));
    });
  }

  describe('and docs/tutorial.md, word for word', () => {
    before(async () => {
      await engine.docker('rm', '--force', 'nameserver', 'registrar');
      await engine.docker('volume', 'rm', 'callsign');
      await engine.importRoot('redis:7.2', engine.path('rootfs'), 'CMD ["sleep", "infinity"]', 'EXPOSE 6379');
    });

    for (const step of TUTORIAL) {
      it(step.command, async () => {
        // A question may come before what it asks about; everything else is done once.
        if (/^(dig|docker run --rm) /.test(step.command)) await eventually(() => printed(step), SETTLES_MS);
        else await printed(step);
      });
    }

    async function printed(step: Step): Promise<void> {
      const { gateway } = engine.bridge;
      assertPrinted(step, await typed(step), gateway.slice(0, gateway.lastIndexOf('.') + 1));
    }

    async function typed(step: Step): Promise<string> {
      const [docker, build, ...words] = step.command.split(' ');
      if (docker === 'docker' && build === 'build') return await engine.build(...words);
      await engine.makeRoomFor(step.command);
      return await engine.shell([...setBefore(TUTORIAL, step), step.command].join('\n'));
    }
  });

  for (const block of STARTED) {
    describe(`and ${block.page}, line ${block.line}`, () => {
      const started = block.lines.flatMap((line) => /--name (\S+)/.exec(line)?.[1] ?? []);

      for (const command of commandsOf(block)) {
        it(command, async () => {
          await engine.makeRoomFor(command);
          await engine.shell(here(command));
        });
      }

      it('gives containers their names', async () => {
        await engine.run('redis1', 'redis:7.2');
        const at = { host: engine.bridge.gateway, port: 53 };
        const expected = [await engine.addressOf('redis1')];
        const environment = block.lines.join().includes("--environment ''") ? '' : 'dev.';
        const name = `redis1.redis.${environment}docker`;
        const asked = async () => assert.deepEqual(await addresses(at, name), expected);
        await eventually(asked, SETTLES_MS).catch((error) => toldBy(started, error));
      });

      for (const command of ENTERED.filter(({ page }) => page === block.page).flatMap(commandsOf))
        it(command, () => engine.shell(here(command)));

      after(async () => {
        await engine.docker('rm', '--force', 'redis1', ...started);
        await engine.docker('volume', 'rm', '--force', 'callsign');
      });
    });
  }

  /** What a page says of Docker's usual bridge, socket and folders, said of those that are here. */
  function here(command: string): string {
    const { gateway } = engine.bridge;
    return command
      .replaceAll('172.17.0.1', gateway)
      .replaceAll(/(?<!:)\/var\/run\/docker\.sock/g, engine.socket)
      .replaceAll('-v /plugins:', `-v ${PLUGINS}:`);
  }

  async function settles(): Promise<void> {
    await zoneSettles(dns, { engine, node: 'here' });
  }

  /** Fails with what containers have to say about it. */
  async function toldBy(containers: readonly string[], cause: Error): Promise<never> {
    const logs = await Promise.all(containers.map(logOf));
    throw new Error([cause.message, ...logs].join('\n'), { cause });
  }

  async function logOf(container: string): Promise<string> {
    return await engine.shell(`docker logs --tail 20 ${container} 2>&1`);
  }

  async function sizeOf(image: string): Promise<number> {
    return Number(await engine.docker('image', 'inspect', '--format', '{{.Size}}', image));
  }

  async function healthy(name: string): Promise<void> {
    await eventually(
      async () => {
        const state = JSON.parse(await engine.docker('inspect', '--format', '{{json .State.Health}}', name));
        assert.equal(state.Status, 'healthy', state.Log?.at(-1)?.Output);
      },
      90_000,
      200,
    );
  }
});

/** What an image says about itself (OCI image specification, annotations). */
function labelsOf({ Config: { Labels } }: { Config: { Labels: Readonly<Record<string, string>> } }) {
  const entries = Object.entries(Labels).map(([key, value]) => [
    key.replace('org.opencontainers.image.', ''),
    value,
  ]);
  return Object.fromEntries(entries);
}
