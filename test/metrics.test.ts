import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { formatSocketAddress, type MetricText } from '@callsign/daemon';
import { PROCESS_METRICS } from '@callsign/daemon/metrics';
import { NAMESERVER_METRICS } from '@callsign/nameserver';
import { REGISTRAR_METRICS } from '@callsign/registrar';
import { COREDNS_METRICS } from '../scripts/coredns-metrics.ts';
import { PROMTOOL, pathOf, requireParts } from './support/parts.ts';
import { Callsign } from './support/process.ts';
import { scratchStore } from './support/scratch.ts';

const HTTP = ['--http', '127.0.0.1:0'];
const DAEMONS: Readonly<
  Record<string, { words: readonly string[]; table: Readonly<Record<string, MetricText>> }>
> = {
  nameserver: {
    words: ['--store', scratchStore(), '--dns', '127.0.0.1:0', '--nameserver', '127.0.0.1:1', ...HTTP],
    table: NAMESERVER_METRICS,
  },
  // Neither the Engine nor the store has to be there for what it tells of itself.
  registrar: {
    words: ['--docker', 'unix:///nowhere.sock', '--store', 'http://127.0.0.1:1', ...HTTP],
    table: REGISTRAR_METRICS,
  },
};

describe('the metrics', function () {
  this.timeout(90_000);

  for (const [name, { words, table }] of Object.entries(DAEMONS)) {
    describe(`of the ${name}`, () => {
      let text = '';

      before(async () => {
        const daemon = new Callsign([name, ...words]);
        await daemon.logged('serving', 60_000);
        const response = await fetch(`http://${formatSocketAddress(daemon.http)}/metrics`);
        text = await response.text();
        await daemon.end('SIGTERM');
      });

      it('are those that are documented, and no others', () => {
        const documented = [PROCESS_METRICS, table].flatMap((each) => Object.values<MetricText>(each));
        const exported = [...text.matchAll(/^# HELP (callsign_\w+) (.*)$/gm)].map(([, each, help]) => [
          each,
          help,
        ]);
        assert.deepEqual(exported.toSorted(), documented.map((each) => [each.name, each.help]).toSorted());
      });

      it('are what Prometheus takes, named as it wants metrics named', function () {
        requireParts(this, PROMTOOL);
        assert.deepEqual(complaints(text), []);
      });
    });
  }

  it('has whatever it says that CoreDNS has, under the same name', () => {
    for (const { name, ours, why } of COREDNS_METRICS) {
      assert.equal(ours?.name ?? `callsign_${name}`, `callsign_${name}`);
      assert.ok(ours !== undefined || why !== undefined, `${name} is missing for no reason`);
    }
  });
});

/** What `promtool check metrics` says of our metrics; those of the process are named by prom-client. */
function complaints(text: string): string[] {
  try {
    execFileSync(pathOf(PROMTOOL), ['check', 'metrics'], { input: text, stdio: 'pipe' });
    return [];
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: Buffer | string };
    const lines = String(stderr).trim().split('\n');
    return lines.filter((line) => !/^(nodejs|process)_/.test(line));
  }
}
