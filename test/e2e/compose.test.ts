import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { parseDig } from '../support/dig.ts';
import { Namespace } from '../support/namespace.ts';
import { CURL, DIG, pathOf, requireParts } from '../support/parts.ts';
import { eventually } from '../support/wait.ts';
import { COMPOSE_PARTS, ComposeHost } from './support/compose-host.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const SETTLES_MS = 60_000;

/** By the oldest Compose that we support. */
describe('e2e: docker-compose.yml, as docs/compose.md brings it up', function () {
  this.timeout(600_000);
  let host: ComposeHost;

  before(async function () {
    requireParts(this, ...COMPOSE_PARTS, CURL, DIG);
    host = await ComposeHost.start(await Namespace.make('compose'), TOP);
  });

  after(async () => {
    await host?.stop();
  });

  it('docker-compose up --detach starts what it names', async () => {
    await host.compose('up', '--detach');
    const running = await host.compose('ps', '--services', '--filter', 'status=running');
    assert.deepEqual(running.trim().split('\n').toSorted(), ['etcd', 'nameserver', 'registrar', 'whoami']);
  });

  it('its own service has a name on the port 53 of the host', async () => {
    await answers('whoami.dev.docker', [await host.engine.addressOf('callsign_whoami_1')]);
  });

  it('so has every instance of it', async () => {
    await host.compose('up', '--detach', '--scale', 'whoami=3');
    const instances = ['callsign_whoami_1', 'callsign_whoami_2', 'callsign_whoami_3'];
    const expected = await Promise.all(instances.map((name) => host.engine.addressOf(name)));
    await answers('whoami.dev.docker', expected);
  });

  it('a container that starts has a name, and none any more when it stops', async () => {
    await host.engine.run('one', 'whoami');
    await answers('one.whoami.dev.docker', [await host.engine.addressOf('one')]);
    await host.engine.docker('stop', 'one');
    await answers('one.whoami.dev.docker', []);
  });

  it('REST, metrics and the dashboard are for the host alone', async () => {
    const asked = await host.network.run(
      pathOf(CURL),
      '--silent',
      '--fail',
      'http://127.0.0.1:8080/v1/status',
    );
    assert.equal(JSON.parse(asked).ready, true);
  });

  it('docker-compose down keeps the records alone, and with --volumes nothing', async () => {
    await host.compose('down');
    assert.equal(await host.engine.docker('ps', '--all', '--quiet', '--filter', 'name=callsign_'), '');
    assert.match(await host.engine.docker('volume', 'ls', '--quiet'), /^callsign_etcd$/m);
    await host.compose('down', '--volumes');
    assert.doesNotMatch(await host.engine.docker('volume', 'ls', '--quiet'), /^callsign_etcd$/m);
  });

  async function answers(name: string, expected: readonly string[]): Promise<void> {
    await eventually(async () => assert.deepEqual(await ask(name), expected.toSorted()), SETTLES_MS, 100);
  }

  async function ask(name: string): Promise<string[]> {
    const said = await host.network.run(pathOf(DIG), '@127.0.0.1', '+tries=1', '+time=2', name, 'A');
    return parseDig(said)
      .answer.map((line) => line.split(' ')[4] ?? '')
      .toSorted();
  }
});
