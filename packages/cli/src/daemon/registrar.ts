import { describeStore, SHARED_STORES, storeAddress } from '@callsign/catalog';
import {
  formatSocketAddress,
  HttpServer,
  healthRoutes,
  type Log,
  list,
  option,
  socketAddress,
  type ValuesOf,
} from '@callsign/daemon';
import { registrarOptions, settingsOf } from '@callsign/registrar/options';
import { defineCommand } from '../command/command.ts';
import { openNamedStore, STORE_ACCESS_OPTIONS } from '../command/store-access.ts';
import { type Means, runDaemon, starting } from './daemon.ts';
import { DAEMON_OPTIONS } from './daemon-options.ts';

function registrarTable(hostname: string) {
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
    ...DAEMON_OPTIONS,
  };
}

type Values = ValuesOf<ReturnType<typeof registrarTable>>;

export const registrar = defineCommand({
  name: 'registrar',
  text: 'publishes the containers of a Docker Engine',
  options: registrarTable,
  examples: [
    ['registrar --store http://172.17.0.1:8080', 'beside a nameserver with its own store'],
    ['registrar --store etcd://10.0.0.1:2379/skydns --region eu', 'one of several machines'],
    ['registrar --plugins ./mine.js --plugins default', "names of your own, and skydock's for the rest"],
  ],
  run: (host, values) => {
    settingsOf(values); // told before anything is opened: options that do not fit together
    return runDaemon(host, values, {
      name: 'registrar',
      openStore: () => openNamedStore(host, values.store, values),
      partsOf: async (means) => {
        const { Registrar } = await import('@callsign/registrar');
        const http = healthServer(values, means);
        const announcement = starting('announcement', () => announce(values, http, means.log));
        return [http, new Registrar({ options: values, ...means }), announcement];
      },
    });
  },
});

/** Ready as soon as it runs: what it waits for (Engine, store) is told by its metrics, and not cured by a restart. */
function healthServer({ http: listen }: Values, { metrics, log }: Means): HttpServer {
  return new HttpServer({ listen, routes: healthRoutes(() => undefined, metrics), log });
}

function announce({ node, store }: Values, http: HttpServer, log: Log): void {
  log.info('serving', { node, store: describeStore(store), http: http.addresses.map(formatSocketAddress) });
}

/** An embedded store is inside another process, or in this one and then of no use to anybody. */
function sharedStore(text: string): string {
  if (!text.startsWith('embedded')) return storeAddress(text, SHARED_STORES);
  throw new TypeError(
    'a registrar by itself has no use for an embedded store: give it its nameserver, http://HOST:8080, or run both with "callsign up"',
  );
}
