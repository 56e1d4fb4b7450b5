import assert from 'node:assert/strict';
import type { Child } from '../support/child.ts';
import { Engine } from '../support/engine.ts';
import { Machine } from '../support/machine.ts';
import { type Block, blocksOf, commandsOf, fileOf, isRun, PAGES, takesImages } from '../support/manual.ts';
import {
  BASH,
  BUSYBOX,
  CURL,
  DIG,
  DOCKERD,
  ETCD,
  ETCDCTL,
  FISH,
  IP,
  KDIG,
  KNOTD,
  NSD,
  OPENSSL,
  requireParts,
  UTIL_LINUX,
  ZSH,
} from '../support/parts.ts';
import { eventually } from '../support/wait.ts';
import { assertPrinted, stepsOf } from './support/walkthrough.ts';

const ETCD_LINE =
  'etcd --data-dir $HOME/etcd --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://127.0.0.1:2379';

/** What a page takes for granted. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['callsign up'],
  'docs/commands.md': ['callsign nameserver'],
  'docs/dns.md': ['callsign nameserver --store etcd://127.0.0.1:2379/skydns'],
  'docs/docker.md': ['callsign up --dns 172.17.0.1:53'],
  'docs/from-skydock.md': ['callsign up --dns 172.17.0.1:53'],
  'docs/private-cloud-run.md': ["printf '@ A 10.200.0.10\\n' > lab.zone"],
  'docs/rest.md': ['callsign up'],
};
/** Daemons by what they serve: a page that starts another one has seen enough of the one before. */
const DAEMONS = [
  { role: 'nameserver', line: /^callsign (nameserver|up)\b/, ready: /"serving"/ },
  { role: 'registrar', line: /^callsign registrar\b/, ready: /"following the Docker Engine"/ },
] as const;
const SETTLES_MS = 60_000;
const ENDLESS = /^curl -N /;
/** What curl is told besides, so that a refusal is a failure. */
const STRICT = 'set -euo pipefail; curl() { command curl --silent --fail-with-body "$@"; };';

const FOLLOWED = PAGES.map((page) => ({ page, blocks: blocksOf(page).filter(isFollowed) })).filter(
  ({ page, blocks }) => page !== 'docs/tutorial.md' && blocks.some(isRun),
);

describe('e2e: the manual, typed as it stands', function () {
  this.timeout(120_000);
  let engine: Engine;
  let machine: Machine;

  before(async function () {
    requireParts(this, BASH, BUSYBOX, CURL, DIG, DOCKERD, ETCD, ETCDCTL, FISH, IP, KDIG, KNOTD, NSD, OPENSSL);
    requireParts(this, UTIL_LINUX, ZSH);
    engine = await Engine.start();
    await engine.importImage('redis:7.2', 'EXPOSE 6379');
    await engine.run('redis1', 'redis:7.2');
    machine = await Machine.start('manual', {
      addresses: ['172.17.0.1/32', '192.0.2.11/32', '192.0.2.53/32'],
      hosts: '192.0.2.53 dns.example.org',
      engine: engine.socket,
    });
    await machine.begin(ETCD_LINE, /ready to serve client requests/);
  });

  after(async () => {
    await machine?.close();
    await engine?.stop();
  });

  for (const { page, blocks } of FOLLOWED) {
    describe(page, () => {
      const running = new Map<string, Child>();

      before(async () => {
        for (const line of BEFORE[page] ?? []) await typed([line], 'bash', running);
      });

      after(async () => {
        await Promise.all([...running.values()].map((daemon) => daemon.end('SIGTERM')));
      });

      for (const block of blocks) {
        it(`line ${block.line}: ${block.lines[0]}`, () => follow(block, running));
      }
    });
  }

  async function follow(block: Block, running: Map<string, Child>): Promise<void> {
    const file = fileOf(block);
    if (file !== undefined) await written(file, block);
    else if (block.language === 'console') await compared(block);
    else await typed(commandsOf(block), block.language === 'sh' ? 'bash' : block.language, running);
  }

  async function written(file: string, { lines }: Block): Promise<void> {
    await machine.type(`mkdir -p "$(dirname '${file}')"; cat > '${file}' <<'END'\n${lines.join('\n')}\nEND`);
  }

  async function compared(block: Block): Promise<void> {
    const network = engine.bridge.gateway.replace(/\d+$/, '');
    for (const step of stepsOf([block])) {
      await engine.makeRoomFor(step.command);
      const printed = async () => assertPrinted(step, await machine.type(step.command), network);
      // A question may come before what it asks about; everything else is done once.
      if (step.command.startsWith('dig ')) await eventually(printed, SETTLES_MS);
      else await printed();
    }
  }

  /** What ends is typed into one shell, as far as the next daemon. */
  async function typed(
    commands: readonly string[],
    shell: string,
    running: Map<string, Child>,
  ): Promise<void> {
    const lines: string[] = [];
    for (const command of commands) {
      const daemon = DAEMONS.find(({ line }) => line.test(command));
      if (daemon === undefined && !ENDLESS.test(command)) {
        lines.push(command);
        continue;
      }
      await all(lines.splice(0), shell);
      if (daemon === undefined) await machine.typeUntilPrinted(command);
      else await replaced(daemon, command, running);
    }
    await all(lines, shell);
  }

  async function all(lines: readonly string[], shell: string): Promise<void> {
    if (lines.length === 0) return;
    await machine.type(`${shell === 'bash' ? STRICT : ''}${lines.join('\n')}`, shell);
  }

  async function replaced(
    { role, ready }: (typeof DAEMONS)[number],
    command: string,
    running: Map<string, Child>,
  ): Promise<void> {
    const before = running.get(role);
    running.delete(role);
    assert.equal((await before?.end('SIGTERM'))?.code ?? 0, 0, before?.lines.join('\n'));
    running.set(role, await machine.begin(command, ready));
  }
});

function isFollowed(block: Block): boolean {
  return !takesImages(block) && (isRun(block) || fileOf(block) !== undefined);
}
