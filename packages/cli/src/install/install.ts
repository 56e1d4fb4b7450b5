import { isIP } from 'node:net';
import { join } from 'node:path';
import { domainName } from '@callsign/catalog';
import { list, option, toggle } from '@callsign/daemon';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import type { Host } from '../command/host.ts';
import { type Paint, paintFor } from '../command/paper.ts';
import { readIfThere, shippedUnits, writePlanned } from './files.ts';
import { type Plan, type PlannedFile, planInstall } from './plan.ts';

const OPTIONS = {
  address: option({
    flag: 'address',
    value: 'IP',
    fallback: '172.17.0.1',
    once: true,
    text: "where the nameserver is to answer: by default at Docker's own bridge",
    parse: ipAddress,
  }),
  domain: list({
    flag: 'domain',
    value: 'NAME',
    fallback: ['docker'],
    text: 'a zone to be authoritative for; may be repeated',
    parse: domainName,
  }),
  nameserver: list({
    flag: 'nameserver',
    value: 'IP',
    text: 'an upstream for every other name; may be repeated [those in daemon.json so far]',
    parse: ipAddress,
  }),
  root: option({
    flag: 'root',
    value: 'DIR',
    fallback: '/',
    once: true,
    text: 'the folder that is the machine, for images that are put together',
    parse: String,
  }),
  apply: toggle({ flag: 'apply', once: true, text: 'write the files, and keep what they were' }),
};

/** Starts and restarts nothing: that stops containers, and is said instead. */
export const install = defineCommand({
  name: 'install',
  text: 'shows how a machine is set up to ask Callsign, and writes the files with --apply',
  options: () => OPTIONS,
  examples: [
    ['install', 'shows what would be written, and writes nothing'],
    ['install --apply', 'writes it'],
    ['install --address 10.0.0.2 --domain lab.example --nameserver 9.9.9.9', 'another address and name'],
  ],
  run: async (host, { address, domain: domains, nameserver: upstreams, root, apply }) => {
    const read = (path: string) => readIfThere(join(root, path));
    const plan = planInstall({ address, domains, upstreams }, { read, units: shippedUnits() });
    const changes = plan.files.filter(isChange);
    if (apply) for (const file of changes) writePlanned(root, file);
    show(host, plan, apply);
    return EXIT.yes;
  },
});

function isChange({ before, after }: PlannedFile): boolean {
  return before !== after;
}

function show(host: Host, { files, next }: Plan, applied: boolean): void {
  const paint = paintFor(host);
  for (const line of files.flatMap((file) => fileLines(file, applied, paint))) host.print(line);
  host.print(paint('bold', applied ? 'Then:' : 'With --apply these are written. Then:'));
  for (const line of next) host.print(`    ${line}`);
}

function fileLines(file: PlannedFile, applied: boolean, paint: Paint): string[] {
  const { path, before, after } = file;
  if (!isChange(file)) return [`${paint('green', path)}: as it should be`];
  const done = before === undefined ? 'new' : `changed; what it was is kept in ${path}.before-callsign`;
  const head = `${paint('yellow', path)}: ${applied ? done : before === undefined ? 'new' : 'to be changed'}`;
  return applied
    ? [head]
    : [
        head,
        ...after
          .trimEnd()
          .split('\n')
          .map((line) => `    ${line}`.trimEnd()),
      ];
}

function ipAddress(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new Error(`"${text}" is no IP address`);
}
