import assert from 'node:assert/strict';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { BUSYBOX, DIG, DOCKERD, IP, requireParts } from '../support/parts.ts';
import { Callsign } from '../support/process.ts';
import { eventually } from '../support/wait.ts';

const HOST = '192.0.2.7';
const IN_TWO = 'registry.example:5000/team/re_dis.x:V1.2';

/** Waits, when it is asked to end, until somebody lets it. */
const LINGERS = "trap 'until [ -f /tmp/go ]; do sleep 1; done; exit' TERM; sleep infinity & wait";
const CHECKED = ['--health-cmd', 'test -f /tmp/well', '--health-interval', '1s', '--health-retries', '1'];

const TAGS = [IN_TWO, 'gone:1', 'moved:1'];

/** How an image is asked for, whose id is `sha256:…`, and the service that its containers are. */
const IMAGES: readonly [what: string, asked: (id: string) => string, service: (id: string) => string][] = [
  ['its id', (id) => id, shortOf],
  ['the digits of its id', (id) => id.slice(7), shortOf],
  ['its short id', shortOf, shortOf],
  ['its short id with the algorithm', (id) => id.slice(0, 19), shortOf],
  ['a tag at a registry with a port number', () => IN_TWO, () => 're-dis-x'],
  ['a tag that is taken away', () => 'gone:1', () => 'gone'],
  ['a tag that moves on to another image', () => 'moved:1', () => 'moved'],
];

/** The network in which a container is to be found, of those that it is in; '' when it has no name at all. */
const NETWORKS: readonly [name: string, told: readonly string[], network: string][] = [
  ['First', [], 'a'],
  ['labelled', ['--label', 'callsign.network=b'], 'b'],
  ['astray', ['--label', 'callsign.network=elsewhere'], ''],
];

describe('e2e: what containers are called, where they are and when they have names', function () {
  this.timeout(120_000);
  let engine: Engine;
  let callsign: Callsign;
  let id: string;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, IP);
    engine = await Engine.start();
    await engine.importImage('web', 'EXPOSE 80');
    id = await engine.docker('inspect', '--format', '{{.Id}}', 'web');
    callsign = await Callsign.serving([
      ...['up', '--docker', `unix://${engine.socket}`, '--store', `embedded:${engine.path('journal')}`],
      ...['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0', '--nameserver', 'none', '--node', 'here'],
      ...['--drain', '50', '--host-address', HOST],
    ]);
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${callsign?.said}\n`);
  });

  after(async () => {
    await callsign?.end('SIGTERM');
    await engine?.stop();
  });

  async function answers(name: string, ...wanted: readonly string[]): Promise<void> {
    await eventually(async () => assert.deepEqual(await addresses(callsign.dns, name), wanted), 40_000, 50);
  }

  describe('by an image that is asked for', () => {
    for (const [at, [what, asked, service]] of IMAGES.entries()) {
      it(`as ${what}`, async () => {
        const image = asked(id);
        if (TAGS.includes(image)) await engine.docker('tag', 'web', image);
        await engine.run(`i${at}`, image);
        if (image === 'gone:1') await engine.docker('rmi', image);
        if (image === 'moved:1') await engine.docker('commit', `i${at}`, image);
        await engine.docker('restart', '--time', '1', `i${at}`);
        await answers(`i${at}.${service(id)}.dev.docker`, await engine.addressOf(`i${at}`));
      });
    }
  });

  describe('in several networks', () => {
    before(async () => {
      for (const network of ['a', 'b']) await engine.docker('network', 'create', network);
      for (const [name, told] of NETWORKS) await runInBoth(name, ...told);
    });

    async function runInBoth(name: string, ...told: readonly string[]): Promise<string> {
      const id = await engine.run(name, 'web', '--network', 'b', ...told);
      await engine.docker('network', 'connect', 'a', name);
      return id;
    }

    for (const [name, , network] of NETWORKS) {
      it(`${name} is at ${network === '' ? 'no address' : `its address in ${network}`}`, async () => {
        const at = network === '' ? [] : [await engine.addressOf(name, network)];
        await answers(`${name.toLowerCase()}.web.dev.docker`, ...at);
      });
    }

    it('whoever has the network of another is where the rule for itself says', async () => {
      const owner = await runInBoth('owner');
      const label = ['--label', 'callsign.network=b'];
      await engine.run('guest', 'web', '--network', `container:${owner}`, ...label);
      await engine.run('second', 'web', '--network', 'container:guest');
      await answers('guest.web.dev.docker', await engine.addressOf('owner', 'b'));
      await answers('second.web.dev.docker', await engine.addressOf('owner', 'a'));
      await engine.docker('rm', '--force', 'owner');
      await answers('guest.web.dev.docker');
    });

    it('on the host’s network it is at --host-address', async () => {
      await engine.run('host', 'web', '--network', 'host');
      await answers('host.web.dev.docker', HOST);
    });
  });

  describe('at the time', () => {
    it('when it is well: not before, and not once it is ill', async () => {
      await engine.run('checked', 'web', ...CHECKED);
      await engine.run('unchecked', 'web');
      await answers('unchecked.web.dev.docker', await engine.addressOf('unchecked'));
      await answers('checked.web.dev.docker');
      await engine.docker('exec', 'checked', 'busybox', 'touch', '/tmp/well');
      await answers('checked.web.dev.docker', await engine.addressOf('checked'));
      await engine.docker('exec', 'checked', 'busybox', 'rm', '/tmp/well');
      await answers('checked.web.dev.docker');
    });

    it('until it is asked to stop, while it still runs', async () => {
      await engine.docker('rm', '--force', 'lingers');
      await engine.docker('run', '--detach', '--name', 'lingers', 'web', 'sh', '-c', LINGERS);
      await answers('lingers.web.dev.docker', await engine.addressOf('lingers'));
      const stopped = engine.docker('stop', '--time', '40', 'lingers');
      await answers('lingers.web.dev.docker');
      assert.equal(await engine.docker('inspect', '--format', '{{.State.Running}}', 'lingers'), 'true');
      await engine.docker('exec', 'lingers', 'busybox', 'touch', '/tmp/go');
      await stopped;
    });

    it('when it is sent another signal, whatever label has the place of the signal in its events', async () => {
      await engine.docker('rm', '--force', 'unasked');
      await engine.run('asked', 'web', '--label', 'signal=15');
      await answers('asked.web.dev.docker', await engine.addressOf('asked'));
      await engine.docker('kill', '--signal', 'HUP', 'asked');
      await engine.docker('rename', 'asked', 'unasked');
      await answers('unasked.web.dev.docker', await engine.addressOf('unasked'));
    });

    it('whatever is changed of it while it runs', async () => {
      await engine.docker('rm', '--force', 'after');
      await engine.run('before', 'web');
      await answers('before.web.dev.docker', await engine.addressOf('before'));
      const { length } = callsign.log;
      await engine.docker('update', '--restart', 'always', 'before');
      await engine.docker('rename', 'before', 'after');
      await answers('after.web.dev.docker', await engine.addressOf('after'));
      await answers('before.web.dev.docker');
      const said = callsign.log.slice(length).map(({ message }) => message);
      assert.deepEqual(said, ['a container has names'], 'never without one');
    });
  });
});

function shortOf(id: string): string {
  return id.slice(7, 19);
}
