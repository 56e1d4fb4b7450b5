import { describeStore } from '@callsign/catalog';
import {
  formatSocketAddress,
  HttpServer,
  healthRoutes,
  type Log,
  list,
  Metrics,
  OptionsError,
  option,
  socketAddress,
  type ValuesOf,
} from '@callsign/daemon';
import { Registrar, registrarOptions } from '@callsign/registrar';
import {
  COMMON_OPTIONS,
  daemonOptions,
  logFor,
  openNamedStore,
  STORE_ACCESS_OPTIONS,
  showHelp,
} from './common.ts';
import { closingAfter, runUntilStopped, starting } from './daemon.ts';
import type { Command } from './host.ts';

export function registrarTable(hostname: string) {
  return {
    ...registrarOptions(hostname),
    store: option({
      flag: 'store',
      value: 'ADDRESS',
      fallback: 'http://127.0.0.1:8080',
      text: 'where records are published: http://HOST:8080, etcd://HOST:2379[,HOST:2379]/PREFIX',
      parse: sharedStore,
    }),
    http: list({
      flag: 'http',
      value: 'ADDRESS:PORT',
      text: 'where to serve health and metrics; may be repeated [nowhere]',
      parse: socketAddress(),
    }),
    ...STORE_ACCESS_OPTIONS,
    ...COMMON_OPTIONS,
  };
}

type Values = ValuesOf<ReturnType<typeof registrarTable>>;

export const registrar: Command = async (host) => {
  const table = registrarTable(host.hostname);
  const values = daemonOptions(host, table);
  if (values.help) return showHelp(host, 'registrar: publishes the containers of a Docker Engine', table);
  const log = logFor(host, values);
  const metrics = new Metrics();
  metrics.ofProcess();
  const store = await openNamedStore(host, values.store, values);
  return closingAfter(store, () => {
    const http = healthServer(values, metrics, log);
    const announcement = starting('announcement', () => announce(values, http, log));
    const parts = [http, new Registrar({ options: values, store, log, metrics }), announcement];
    return runUntilStopped(host, 'registrar', parts, log);
  });
};

/** Ready as soon as it runs: what it waits for (Engine, store) is told by its metrics, and not cured by a restart. */
function healthServer({ http: listen }: Values, metrics: Metrics, log: Log): HttpServer {
  return new HttpServer({ listen, routes: healthRoutes(() => undefined, metrics), log });
}

function announce({ node, store }: Values, http: HttpServer, log: Log): void {
  log.info('serving', { node, store: describeStore(store), http: http.addresses.map(formatSocketAddress) });
}

/** An embedded store is inside another process, or in this one and then of no use to anybody. */
function sharedStore(text: string): string {
  if (!text.startsWith('embedded')) return text;
  throw new OptionsError([
    'a registrar by itself has no use for an embedded store: give it its nameserver, http://HOST:8080, or run both with "callsign up"',
  ]);
}
