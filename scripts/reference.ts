import { readFileSync, writeFileSync } from 'node:fs';
import { COMMANDS } from '@callsign/cli';
import { envName, type MetricText, type Option, type OptionTable } from '@callsign/daemon';
import { PROCESS_METRICS } from '@callsign/daemon/metrics';
import { NAMESERVER_METRICS } from '@callsign/nameserver';
import { REGISTRAR_METRICS } from '@callsign/registrar';
import { COREDNS_METRICS, type CorednsMetric } from './coredns-metrics.ts';
import { dashboard } from './dashboard.ts';

const HOSTNAME = 'the host name';

/** What is made from the code's own tables, pages of the manual above all: path and content. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/options.md', optionsPage()],
    ['docs/metrics.md', metricsPage()],
    ['deploy/grafana/callsign.json', dashboard()],
  ]);
}

function optionsPage(): string {
  const intro = [
    '# Options',
    '',
    'Made by `npm run docs` from the tables that the command reads. The command line wins over the environment, and',
    'the environment over the default. Every variable `CALLSIGN_X` can be given as `CALLSIGN_X_FILE`, the path of a',
    'file that holds the value. An option that may be repeated takes a comma list in its variable. What belongs to one',
    'call alone has none. Whatever is wrong is said at once, all of it, and ends the process with exit code 78.',
  ];
  const sections = COMMANDS.flatMap(({ name, options }) => [
    '',
    `## callsign ${name}`,
    '',
    ...optionRows(options(HOSTNAME)),
  ]);
  return page([...intro, ...sections]);
}

function optionRows(table: OptionTable): string[] {
  const rows = Object.values(table).map((option) =>
    row(spelled(option), variables(option), fallback(option), option.text),
  );
  return [row('option', 'environment', 'default', ''), row('---', '---', '---', '---'), ...rows];
}

function spelled({ flag, short, value }: Option<unknown>): string {
  const long = `--${flag}${value === undefined ? '' : ` ${value}`}`;
  return short === undefined ? `\`${long}\`` : `\`-${short}\`, \`${long}\``;
}

function variables({ flag, env = [], once }: Option<unknown>): string {
  if (once) return '';
  return [envName(flag), ...env].map((name) => `\`${name}\``).join(', ');
}

function fallback({ fallback: values = [] }: Option<unknown>): string {
  return values.map((value) => `\`${value}\``).join(', ');
}

function metricsPage(): string {
  const tables = {
    'The nameserver': NAMESERVER_METRICS,
    'The registrar': REGISTRAR_METRICS,
    'Every process': PROCESS_METRICS,
  };
  const intro = [
    '# Metrics',
    '',
    'Made by `npm run docs` from the tables in the code. Both daemons serve them at `/metrics` on `--http`, beside',
    'the metrics of the process itself (`process_…`, `nodejs_…`). [callsign.json](../deploy/grafana/callsign.json) is a',
    'Grafana dashboard of all of them: Dashboards, New, Import.',
  ];
  const sections = Object.entries(tables).flatMap(([title, table]) => [
    '',
    `## ${title}`,
    '',
    ...metricRows(table),
  ]);
  return page([...intro, ...sections, ...corednsSection()]);
}

function corednsSection(): string[] {
  return [
    '',
    '## For dashboards that were made for CoreDNS',
    '',
    'What is the same there is called the same here, behind `callsign_` instead of `coredns_`. A label that we do not have',
    'is one empty value for PromQL: sums by it are the whole.',
    '',
    row('CoreDNS', 'here', ''),
    row('---', '---', '---'),
    ...COREDNS_METRICS.map(corednsRow),
  ];
}

function corednsRow({ name, labels, ours, why = '' }: CorednsMetric): string {
  const missing = ours === undefined ? [] : labels.filter((label) => !ours.labels?.includes(label));
  const without = missing.length === 0 ? '' : `without ${missing.map((label) => `\`${label}\``).join(', ')}`;
  const here = ours === undefined ? 'none' : `\`${ours.name}\``;
  return row(`\`coredns_${name}\``, here, [without, why].filter(Boolean).join(': '));
}

function metricRows(table: Readonly<Record<string, MetricText>>): string[] {
  const rows = Object.values(table).map(({ name, labels = [], help }) => {
    return row(`\`${name}\``, labels.map((label) => `\`${label}\``).join(', '), help);
  });
  return [row('metric', 'labels', ''), row('---', '---', '---'), ...rows];
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll(/ {2,}/g, ' ');
}

function page(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, content] of referencePages()) {
    const file = new URL(`../${path}`, import.meta.url);
    const before = readOrEmpty(file);
    if (before !== content) writeFileSync(file, content);
    process.stdout.write(`${path}: ${before === content ? 'unchanged' : 'written'}\n`);
  }
}

function readOrEmpty(file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
