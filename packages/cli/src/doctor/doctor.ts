import { readFile } from 'node:fs/promises';
import { parseStoreAddress, type StoreAddress } from '@callsign/catalog';
import {
  CallsignError,
  describe,
  list,
  option,
  optional,
  printable,
  type SocketAddress,
  socketAddress,
  type ValuesOf,
} from '@callsign/daemon';
import { parseResolvConf } from '@callsign/dns';
import type { Status } from '@callsign/nameserver';
import { registrarOptions } from '@callsign/registrar/options';
import { NameserverApi, REST_OPTIONS } from '../client/nameserver-api.ts';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import type { Host } from '../command/host.ts';
import { JSON_OPTION } from '../command/json-option.ts';
import { readOptionFile } from '../command/option-file.ts';
import { type Paint, paintFor, type Style } from '../command/paper.ts';
import { STORE_ACCESS_OPTIONS } from '../command/store-access.ts';
import { judgeClocks } from './clocks.ts';
import { gatherContainers, judgeContainers } from './containers.ts';
import { type EngineFacts, gatherEngine, judgeEngine, placeOf } from './engine.ts';
import type { Finding, State } from './finding.ts';
import { covers, gatherPort, judgePort } from './port.ts';
import { judgeServer, type ServerFacts } from './server.ts';
import { gatherStore, judgeStore, type StoreFacts } from './store.ts';
import { addressesOf, judgeUpstreams, silentOf } from './upstreams.ts';

const USUAL = { host: '', port: 53 };
const DNS_PORT = 53;

const { storeCa, storeCert, storeKey } = STORE_ACCESS_OPTIONS;

function doctorOptions(hostname: string) {
  return {
    dns: list({
      flag: 'dns',
      value: 'ADDRESS:PORT',
      text: 'where the nameserver is to answer [where it says that it does, or else :53]',
      parse: socketAddress(),
    }),
    store: optional({
      flag: 'store',
      value: 'ADDRESS',
      text: 'the store to look at [the one that the nameserver has]',
      parse: parseStoreAddress,
    }),
    docker: registrarOptions(hostname).docker,
    resolvConf: option({
      flag: 'resolv-conf',
      value: 'FILE',
      fallback: '/etc/resolv.conf',
      once: true,
      text: 'what names the upstreams of a nameserver that does not run yet',
      parse: String,
    }),
    storeCa,
    storeCert,
    storeKey,
    ...REST_OPTIONS,
    json: JSON_OPTION,
  };
}

type Values = ValuesOf<ReturnType<typeof doctorOptions>>;

/** Exit code 1 when something is wrong; what is only odd does not count. */
export const doctor = defineCommand({
  name: 'doctor',
  text: 'finds what usually goes wrong on a machine, and says the cure',
  options: doctorOptions,
  examples: [
    ['doctor', 'this machine, before or while a nameserver runs'],
    ['doctor --dns 172.17.0.1:53 --store etcd://10.0.0.1:2379', 'may a nameserver be started so?'],
    ['doctor --json', 'for programs'],
  ],
  run: async (host, values) => {
    const findings = await examine(host, values);
    host.stop.throwIfAborted();
    const paint = paintFor(host);
    const lines = values.json
      ? [JSON.stringify({ findings })]
      : findings.flatMap((found) => told(found, paint));
    for (const line of lines) host.print(line);
    return findings.some(({ state }) => state === 'wrong') ? EXIT.no : EXIT.yes;
  },
});

async function examine(host: Host, values: Values): Promise<readonly Finding[]> {
  const server = await askServer(host, values);
  const status = server.kind === 'status' ? server.status : undefined;
  const serving = (status?.dns ?? []).map(socketAddress());
  const wanted = values.dns.length > 0 ? values.dns : serving.length > 0 ? serving : [USUAL];
  const ours = addressesOf(wanted);
  const [store, engine] = await Promise.all([askStore(host, values, status), gatherEngine(values.docker)]);
  const named = await upstreamsOf(values.resolvConf, status);
  return [
    judgeServer(server),
    ...(await Promise.all(wanted.map((at) => portAt(at, serving)))),
    judgeEngine(engine),
    ...storeFindings(store),
    judgeUpstreams({ ours, ...named, silent: await silentOf(named.upstreams) }),
    ...(await containersAsking(engine, ours)),
  ];
}

async function askServer(host: Host, values: Values): Promise<ServerFacts> {
  try {
    return { kind: 'status', status: await new NameserverApi(host, values).get<Status>('/v1/status') };
  } catch (error) {
    return { kind: 'silence', why: error instanceof CallsignError ? error.message : describe(error) };
  }
}

async function portAt(at: SocketAddress, serving: readonly SocketAddress[]): Promise<Finding> {
  return judgePort(
    await gatherPort(
      at,
      serving.some((listening) => covers(listening, at)),
    ),
  );
}

/** The store that was named, or else the one that the nameserver has. */
async function askStore(
  host: Host,
  values: Values,
  status: Status | undefined,
): Promise<StoreFacts | undefined> {
  const address = values.store ?? addressIn(status?.store);
  if (address === undefined) return undefined;
  const ca = bytesOf(host, storeCa.flag, values.storeCa);
  const cert = bytesOf(host, storeCert.flag, values.storeCert);
  const key = bytesOf(host, storeKey.flag, values.storeKey);
  return gatherStore(address, { ca, cert, key });
}

/** A status says "embedded in FILE" of an embedded store, and an address of any other. */
function addressIn(told: string | undefined): StoreAddress | undefined {
  if (told === undefined) return undefined;
  return told.startsWith('embedded') ? { kind: 'embedded' } : parseStoreAddress(told);
}

/** @throws {OptionsError} naming the option when the file cannot be read */
function bytesOf(host: Host, flag: string, path: string | undefined): Buffer | undefined {
  return path === undefined ? undefined : readOptionFile(host, flag, path, Buffer.from);
}

/** An embedded store has no machine of its own, and no clock. */
function storeFindings(store: StoreFacts | undefined): readonly Finding[] {
  if (store === undefined) return [];
  return store.members.length === 0 ? [judgeStore(store)] : [judgeStore(store), judgeClocks(clocksOf(store))];
}

function clocksOf({ members }: StoreFacts) {
  return members.flatMap(({ at, answer }) =>
    answer.kind === 'answer' && answer.clocks !== undefined ? [{ who: at, ...answer.clocks }] : [],
  );
}

async function upstreamsOf(resolvConf: string, status: Status | undefined) {
  if (status !== undefined)
    return { upstreams: status.upstreams.map(socketAddress(DNS_PORT)), source: 'the nameserver' };
  const text = await readFile(resolvConf, 'utf8').catch(() => '');
  return { upstreams: parseResolvConf(text), source: resolvConf };
}

/** Those that the Engine tells of, where clients can ask us at all: a resolv.conf has no port numbers. */
async function containersAsking(
  { address, answer }: EngineFacts,
  ours: readonly SocketAddress[],
): Promise<readonly Finding[]> {
  const place = placeOf(address);
  const hosts = ours.filter(({ port }) => port === DNS_PORT).map(({ host }) => host);
  if (place === undefined || answer?.kind !== 'answer' || hosts.length === 0) return [];
  return [judgeContainers(await gatherContainers(place), hosts)];
}

const MARKS: Readonly<Record<State, readonly [mark: string, style: Style]>> = {
  good: ['ok     ', 'green'],
  odd: ['look   ', 'yellow'],
  wrong: ['wrong  ', 'red'],
  unknown: ['unknown', 'dim'],
};

function told({ about, state, text, cure }: Finding, paint: Paint): string[] {
  const [mark, style] = MARKS[state];
  const line = `${paint(style, mark)}  ${printable(`${about}: ${text}`)}`;
  return cure === undefined ? [line] : [line, `         ${printable(cure)}`];
}
