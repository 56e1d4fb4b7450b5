import { option, optional, type ValuesOf, wholeNumber } from '@callsign/daemon';
import type { ShownService } from '@callsign/nameserver';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import type { Host } from '../command/host.ts';
import { JSON_OPTION } from '../command/json-option.ts';
import { type Cell, paintFor, tableLines } from '../command/paper.ts';
import { NameserverApi, REST_OPTIONS } from './nameserver-api.ts';

/** How many are asked for at once. */
const PAGE = 1_000;

interface Page {
  readonly revision: number;
  readonly total: number;
  readonly services: readonly ShownService[];
  /** Where the next page begins; absent: this was the last. */
  readonly next?: string;
}

const FILTERS = {
  name: filter('name', 'NAME', 'this name, and all below it'),
  environment: filter('environment', 'LABEL', 'those in an environment'),
  region: filter('region', 'LABEL', 'those in a region'),
  node: filter('node', 'LABEL', 'those on a machine'),
  owner: filter('owner', 'LABEL', "those that a machine's registrar keeps"),
};

function filter(flag: string, value: string, text: string) {
  return optional({ flag, value, once: true, text, parse: String });
}

const SORT =
  'by name, environment, service, instance, region, node, owner, host, port or revision; downwards: -revision [name]';

const OPTIONS = {
  ...FILTERS,
  sort: optional({ flag: 'sort', value: 'FIELD', once: true, text: SORT, parse: String }),
  limit: option({
    flag: 'limit',
    value: 'NUMBER',
    fallback: '10000',
    once: true,
    text: 'how many to show at most',
    parse: wholeNumber(1, 1_000_000),
  }),
  ...REST_OPTIONS,
  json: JSON_OPTION,
};

type Values = ValuesOf<typeof OPTIONS>;

/** Exit code 1 when there is none. */
export const services = defineCommand({
  name: 'services',
  text: 'lists the services that there are, and who keeps them',
  words: '[TEXT]',
  options: () => OPTIONS,
  examples: [
    ['services', 'all of them'],
    ['services redis', 'those with "redis" in a name, a host or a text'],
    ['services --environment dev --node node1', 'those of one environment on one machine'],
    ['services --name lab.docker --sort -revision --limit 10', 'what changed last below a name'],
    ['services --json', 'for programs: one line for each service, all of it a JSON document'],
  ],
  run: async (host, values, words) => {
    const text = words.length === 0 ? undefined : words.join(' ');
    const found = await list(new NameserverApi(host, values), values, text);
    if (values.json) printJson(host, found);
    else if (found.services.length > 0) printTable(host, found);
    else host.logLine('callsign services: there are none');
    return found.services.length > 0 ? EXIT.yes : EXIT.no;
  },
});

/** All pages as one, as far as they are wanted. */
async function list(api: NameserverApi, values: Values, text: string | undefined): Promise<Page> {
  const { name, environment, region, node, owner, sort, limit } = values;
  const query = { name, environment, region, node, owner, text, sort };
  const found: ShownService[] = [];
  let page: Page;
  let cursor: string | undefined;
  do {
    const wanted = Math.min(PAGE, limit - found.length);
    page = await api.get<Page>('/v1/services', { ...query, limit: wanted, cursor });
    found.push(...page.services);
    cursor = page.next;
  } while (cursor !== undefined && found.length < limit);
  return { revision: page.revision, total: page.total, services: found.slice(0, limit) };
}

function printTable(host: Host, { services: found, total }: Page): void {
  const rows = found.map((service): Cell[] => [
    { text: service.name },
    { text: service.host, style: 'green' },
    { text: portOf(service) },
    { text: service.ttl === 0 ? '' : `${service.ttl} s` },
    { text: keeperOf(service) },
    { text: service.callsign?.image ?? service.text, style: 'dim' },
  ]);
  const head = ['NAME', 'HOST', 'PORT', 'TTL', 'KEPT BY', 'IMAGE OR TEXT'];
  for (const line of tableLines(head, rows, paintFor(host))) host.print(line);
  if (total > found.length)
    host.logLine(`callsign services: ${found.length} of ${total} shown; --limit NUMBER shows more`);
}

function portOf({ port, callsign }: ShownService): string {
  return [port > 0 ? String(port) : '', callsign?.protocol].filter(Boolean).join('/');
}

/** Who put it there: the registrar of a node, or the interface that it came by. */
function keeperOf({ callsign }: ShownService): string {
  return callsign?.owner ?? callsign?.source ?? '';
}

/** A document that a parser reads whole, and grep by lines. */
function printJson(host: Host, { revision, total, services: found }: Page): void {
  host.print(`{"revision":${revision},"total":${total},"services":[`);
  for (const [at, service] of found.entries())
    host.print(`${JSON.stringify(service)}${at === found.length - 1 ? '' : ','}`);
  host.print(']}');
}
