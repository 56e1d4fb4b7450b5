import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rmdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { clearAbandoned } from './support/abandoned.ts';
import { Bridge } from './support/bridge.ts';
import { Child } from './support/child.ts';
import { Namespace } from './support/namespace.ts';
import { ownedFolder } from './support/owned.ts';
import { IP, requireParts, UTIL_LINUX } from './support/parts.ts';
import { eventually } from './support/wait.ts';

const RUN = fileURLToPath(new URL('./abandoned-run.ts', import.meta.url));

describe('what a run leaves that is killed', () => {
  before(function () {
    requireParts(this, IP, UTIL_LINUX);
  });

  it('is removed by the next one, and nothing of one that lives is', async () => {
    const living = await Living.make();
    const { places, pid } = await killedRun();
    assert.deepEqual(places.filter(existsSync), places);
    await clearAbandoned();
    assert.deepEqual(places.filter(existsSync), []);
    await eventually(async () => assert.equal(await commandOf(pid), ''));
    assert.deepEqual(living.places.filter(existsSync), living.places);
    await living.close();
  });
});

/** The same, of this process. */
class Living {
  readonly places: readonly string[];
  readonly #folder: string;
  readonly #namespace: Namespace;
  readonly #bridge: Bridge;

  private constructor(folder: string, namespace: Namespace, bridge: Bridge) {
    this.#folder = folder;
    this.#namespace = namespace;
    this.#bridge = bridge;
    this.places = [folder, `/run/netns/${namespace.name}`, `/sys/class/net/${bridge.name}`];
  }

  static async make(): Promise<Living> {
    return new Living(await ownedFolder('test'), await Namespace.make('lives'), await Bridge.claim());
  }

  async close(): Promise<void> {
    await rmdir(this.#folder);
    await this.#namespace.close();
    await this.#bridge.remove();
  }
}

/** What it has made, and the process that it has left running. */
async function killedRun(): Promise<{ readonly places: readonly string[]; readonly pid: string }> {
  const run = new Child(process.execPath, ['--conditions=callsign-source', RUN]);
  const said = await eventually(() => /^made (.*) (\d+)$/m.exec(run.lines.join('\n')) ?? assert.fail());
  await run.end('SIGKILL');
  return { places: said[1]?.split(' ') ?? [], pid: said[2] ?? '' };
}

/** '' for a process that has ended. */
async function commandOf(pid: string): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}
