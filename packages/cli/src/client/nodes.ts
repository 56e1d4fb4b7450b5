import type { ShownNode } from '@callsign/nameserver';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import type { Host } from '../command/host.ts';
import { JSON_OPTION } from '../command/json-option.ts';
import { type Cell, paintFor, tableLines } from '../command/paper.ts';
import { NameserverApi, REST_OPTIONS } from './nameserver-api.ts';

interface Nodes {
  readonly nodes: readonly ShownNode[];
}

/** Exit code 1 when there is none. */
export const nodes = defineCommand({
  name: 'nodes',
  text: 'lists the machines that have services',
  options: () => ({ ...REST_OPTIONS, json: JSON_OPTION }),
  examples: [
    ['nodes', 'all that this nameserver knows of'],
    ['nodes --json --http 10.0.0.2:8080', 'for programs, as another one has it'],
  ],
  run: async (host, values) => {
    const found = await new NameserverApi(host, values).get<Nodes>('/v1/nodes');
    if (values.json) host.print(JSON.stringify(found));
    else if (found.nodes.length > 0) printTable(host, found.nodes);
    else host.logLine('callsign nodes: there are none');
    return found.nodes.length > 0 ? EXIT.yes : EXIT.no;
  },
});

function printTable(host: Host, found: readonly ShownNode[]): void {
  const rows = found.map(({ node, region, services, owners, leaseTtl, youngest }): Cell[] => [
    { text: node },
    { text: region },
    { text: String(services), style: 'green' },
    { text: owners.join(', ') },
    { text: leaseTtl === undefined ? '' : `${leaseTtl} s` },
    { text: String(youngest), style: 'dim' },
  ]);
  const head = ['NODE', 'REGION', 'SERVICES', 'KEPT BY', 'LEASE', 'REVISION'];
  for (const line of tableLines(head, rows, paintFor(host))) host.print(line);
}
