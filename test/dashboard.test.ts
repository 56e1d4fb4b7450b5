import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PROCESS_METRICS } from '@callsign/daemon/metrics';
import { NAMESERVER_METRICS } from '@callsign/nameserver';
import { REGISTRAR_METRICS } from '@callsign/registrar';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Metric {
  readonly name: string;
  readonly buckets?: readonly number[];
}

const FILE = new URL('../deploy/grafana/callsign.json', import.meta.url);
const { panels }: { readonly panels: readonly Panel[] } = JSON.parse(readFileSync(FILE, 'utf8'));
const EXPRESSIONS = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const METRICS = [PROCESS_METRICS, NAMESERVER_METRICS, REGISTRAR_METRICS].flatMap((table): readonly Metric[] =>
  Object.values(table),
);

describe('the Grafana dashboard', () => {
  it('asks for no metric that there is not', () => {
    const known = new Set<string>(METRICS.flatMap((metric) => [...seriesOf(metric)]));
    const asked = EXPRESSIONS.flatMap((expr) => expr.match(/\bcallsign_\w+/g) ?? []);
    assert.deepEqual(
      asked.filter((name) => !known.has(name)),
      [],
    );
  });

  it('shows every metric that there is', () => {
    const hidden = METRICS.filter((metric) => !EXPRESSIONS.some((expr) => shows(expr, metric)));
    assert.deepEqual(
      hidden.map(({ name }) => name),
      [],
    );
  });

  it('has its brackets in pairs', () => {
    for (const expr of EXPRESSIONS)
      for (const [open, close] of ['()', '{}', '[]'])
        assert.equal(expr.split(String(open)).length, expr.split(String(close)).length, expr);
  });

  it('has panels with numbers and places of their own', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const [at, one] of panels.entries())
      for (const other of panels.slice(at + 1))
        assert.ok(!overlap(one, other), `"${one.title}" covers "${other.title}"`);
  });
});

/** A histogram is three series by its name, none of which has it alone. */
function seriesOf({ name, buckets }: Metric): readonly string[] {
  return buckets === undefined ? [name] : [`${name}_bucket`, `${name}_sum`, `${name}_count`];
}

function shows(expr: string, metric: Metric): boolean {
  return seriesOf(metric).some((series) => new RegExp(`\\b${series}\\b`).test(expr));
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
