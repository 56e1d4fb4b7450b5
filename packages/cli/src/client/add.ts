import type { Service } from '@callsign/catalog';
import {
  OptionsError,
  optional,
  printable,
  type SocketAddress,
  socketAddress,
  toggle,
  type ValuesOf,
  wholeNumber,
} from '@callsign/daemon';
import type { ShownService } from '@callsign/nameserver';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import { JSON_OPTION } from '../command/json-option.ts';
import { NameserverApi, REST_OPTIONS, TOKEN_OPTION } from './nameserver-api.ts';

const FIELDS = {
  text: optional({ flag: 'text', value: 'TEXT', once: true, text: 'what TXT answers', parse: String }),
  ttl: number('ttl', 'SECONDS', 2 ** 31 - 1, "how long an answer may be kept [the nameserver's --ttl]"),
  priority: number('priority', 'NUMBER', 65_535, 'in SRV answers, and as preference in MX [10]'),
  weight: number('weight', 'NUMBER', 65_535, 'in SRV answers, beside others of one priority [100]'),
  group: optional({ flag: 'group', value: 'GROUP', once: true, text: "SkyDNS's group", parse: String }),
  mail: toggle({ flag: 'mail', once: true, text: 'it is a mail exchanger, too' }),
};

/** From 1: in SkyDNS's message 0 says that nothing is said. */
function number(flag: string, value: string, most: number, text: string) {
  return optional({ flag, value, once: true, text, parse: wholeNumber(1, most) });
}

/** Makes a service, or puts another one in its place. */
export const add = defineCommand({
  name: 'add',
  text: 'gives something that is no container a name, or changes where a name leads',
  words: 'NAME [HOST[:PORT]]',
  options: () => ({ ...FIELDS, ...REST_OPTIONS, ...TOKEN_OPTION, json: JSON_OPTION }),
  examples: [
    ['add printer.lab.docker 192.168.7.9:631 --text "floor 2"', 'an address with a port number, and a text'],
    ['add db.dev.docker [2001:db8::7]:5432 --ttl 60', 'IPv6'],
    ['add www.dev.docker www.example.org', 'another name'],
    ['add motd.dev.docker --text "be kind"', 'a text alone'],
  ],
  run: async (host, values, [name, where, ...more]) => {
    if (name === undefined || more.length > 0)
      throw new OptionsError(['NAME is needed, and HOST or HOST:PORT, and nothing besides']);
    if (where === undefined && values.text === undefined)
      throw new OptionsError(['HOST, HOST:PORT or --text is needed: where does the name lead?']);
    const body = serviceOf(where === undefined ? undefined : placeOf(where), values);
    const api = new NameserverApi(host, values);
    const made = await api.put<ShownService>(`/v1/services/${encodeURIComponent(name)}`, body);
    const { name: owner, revision } = made.body;
    const done = made.status === 201 ? 'added' : 'replaced';
    host.print(
      values.json ? JSON.stringify(made.body) : printable(`${owner} ${done} at revision ${revision}`),
    );
    return EXIT.yes;
  },
});

function placeOf(text: string): SocketAddress {
  try {
    return socketAddress(0)(text);
  } catch {
    const example = 'for example 10.0.0.5:80 or [2001:db8::7]:80';
    throw new OptionsError([`"${text}" is not HOST or HOST:PORT, ${example}`]);
  }
}

function serviceOf(place: SocketAddress | undefined, values: ValuesOf<typeof FIELDS>): Partial<Service> {
  const { text, ttl, priority, weight, group, mail } = values;
  const given = { host: place?.host, port: place?.port || undefined, text, ttl, priority, weight, group };
  const told = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(told), ...(mail && { mail }) };
}
