import {
  formatSocketAddress,
  list,
  OptionsError,
  option,
  optional,
  parseOptions,
  socketAddress,
  toggle,
} from '@callsign/daemon';
import type { Explanation } from '@callsign/nameserver';
import { showHelp } from './common.ts';
import type { Command, Host } from './host.ts';
import { reachable } from './reachable.ts';

const TIMEOUT_MS = 10_000;

export const EXPLAIN_TABLE = {
  type: option({
    flag: 'type',
    value: 'TYPE',
    fallback: 'A',
    text: 'the type that is asked for',
    parse: String,
  }),
  from: optional({
    flag: 'from',
    value: 'IP',
    text: "the client's address, which decides the view [the address of whoever runs this]",
    parse: String,
  }),
  http: list({
    flag: 'http',
    value: 'ADDRESS:PORT',
    fallback: [':8080'],
    text: 'where the nameserver serves REST; the first one, where there are several',
    parse: socketAddress(),
  }),
  json: toggle({ flag: 'json', text: 'print JSON, as is done where no person reads' }),
  help: toggle({ flag: 'help', short: 'h', text: 'show this help' }),
};

/** Asks a nameserver where an answer comes from: exit code 0 when there is one, 1 when there is none. */
export const explain: Command = async (host) => {
  const { values, positionals } = parseOptions(EXPLAIN_TABLE, host);
  if (values.help)
    return showHelp(host, 'explain NAME: where the answer to a question comes from', EXPLAIN_TABLE);
  const [name] = positionals;
  if (name === undefined || positionals.length > 1)
    throw new OptionsError(['one NAME is needed, and nothing besides']);
  const asked = new URLSearchParams({
    name,
    type: values.type,
    ...(values.from !== undefined && { from: values.from }),
  });
  const at = formatSocketAddress(reachable(values.http));
  const explanation = await fetched(host, `http://${at}/v1/explain?${asked}`);
  if (explanation === undefined) return 1;
  const lines = values.json || !host.reader ? [JSON.stringify(explanation)] : readable(explanation);
  for (const line of lines) host.print(line);
  return explanation.answer.length > 0 ? 0 : 1;
};

/** Says what went wrong where nothing comes back. */
async function fetched(host: Host, url: string): Promise<Explanation | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return (await response.json()) as Explanation;
    const { detail } = (await response.json()) as { readonly detail?: string };
    host.logLine(`callsign explain: ${detail ?? response.statusText}`);
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    host.logLine(`callsign explain: no answer from ${url}: ${String(cause)}. Is it a nameserver's --http?`);
  }
  return undefined;
}

function readable(explanation: Explanation): string[] {
  const { name, type, client, view, zone, rcode, answer, reason } = explanation;
  const records = answer.flatMap(({ record, from }) => [
    record,
    ...from.map((origin) => `    from ${told(origin)}`),
  ]);
  return [
    `${name} ${type}, asked from ${client}`,
    `  view    ${view ?? 'that of all clients'}`,
    `  zone    ${zoneTold(zone)}`,
    `  answer  ${rcode}, ${answer.length === 1 ? '1 record' : `${answer.length} records`}`,
    ...(reason === undefined ? [] : [`  why     ${reason}`]),
    ...records.map((line) => `  ${line}`),
  ].map(printable);
}

function zoneTold({ kind, name, from }: Explanation['zone']): string {
  switch (kind) {
    case 'store':
      return `${name ?? 'addresses'}, in the store`;
    case 'file':
      return `${name}, in the file ${from}`;
    case 'preset':
      return `${name}, of --google-apis ${from}`;
    case 'except':
      return `none: ${name} is excepted, and asked upstream`;
    case 'none':
      return 'none of ours: asked upstream';
  }
}

type Origin = Explanation['answer'][number]['from'][number];

function told(origin: Origin): string {
  switch (origin.kind) {
    case 'store': {
      const { kind: _kind, name, revision, ...who } = origin;
      const words = Object.entries(who).map(([what, value]) => `, ${what} ${value}`);
      return `the store: ${name} at revision ${revision}${words.join('')}`;
    }
    case 'file':
      return `${origin.file}, line ${origin.line}: ${origin.owner}`;
    case 'preset':
      return `--google-apis ${origin.preset}`;
    case 'made':
      return 'the nameserver itself';
    case 'upstream':
      return 'upstream';
  }
}

/** What strangers wrote into the store must not draw on the reader's terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, ' ');
}
