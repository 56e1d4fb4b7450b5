import { describe, OptionsError, optional, printable } from '@callsign/daemon';
import { reverseName, typeOf } from '@callsign/dns';
import type { Explanation } from '@callsign/nameserver';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import { JSON_OPTION } from '../command/json-option.ts';
import { NameserverApi, REST_OPTIONS } from './nameserver-api.ts';

/** Exit code 0 when there is an answer, 1 when there is none. */
export const explain = defineCommand({
  name: 'explain',
  text: 'says where the answer to a question comes from',
  words: 'NAME|IP [TYPE]',
  options: () => ({
    type: optional({
      flag: 'type',
      value: 'TYPE',
      once: true,
      text: 'the type that is asked for, which may stand behind the name as well [A; of an address PTR]',
      parse: String,
    }),
    from: optional({
      flag: 'from',
      value: 'IP',
      once: true,
      text: "the client's address, which decides the view; upstream is not asked in its name [the address of whoever runs this]",
      parse: String,
    }),
    ...REST_OPTIONS,
    json: JSON_OPTION,
  }),
  examples: [
    ['explain redis.dev.docker', 'which containers, and which plugin named them'],
    ['explain 172.17.0.2', 'whose address is it?'],
    ['explain nobody.dev.docker MX', 'why there is no answer'],
    ['explain run.app --type AAAA --from 10.1.2.3', 'as a client of another view would have it'],
  ],
  run: async (host, values, words) => {
    const asked = { ...askedBy(words, values.type), from: values.from };
    const explanation = await new NameserverApi(host, values).get<Explanation>('/v1/explain', asked);
    const lines = values.json ? [JSON.stringify(explanation)] : readable(explanation);
    for (const line of lines) host.print(line);
    return explanation.answer.length > 0 ? EXIT.yes : EXIT.no;
  },
});

function askedBy([word, type, ...more]: readonly string[], otherwise: string | undefined) {
  if (type !== undefined && otherwise !== undefined)
    throw new OptionsError([`the type is said twice: ${type} behind the name, and --type ${otherwise}`]);
  if (word === undefined || more.length > 0)
    throw new OptionsError(['NAME or IP is needed, a type may follow, and nothing besides']);
  const reverse = reverseName(word);
  const usual = reverse === undefined ? 'A' : 'PTR';
  return { name: reverse ?? word, type: typeNamed(type ?? otherwise ?? usual) };
}

function typeNamed(type: string): string {
  try {
    typeOf(type);
    return type;
  } catch (error) {
    throw new OptionsError([describe(error)]);
  }
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
    `  answer  ${rcode ?? 'not known'}, ${answer.length === 1 ? '1 record' : `${answer.length} records`}`,
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
