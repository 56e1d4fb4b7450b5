import { join } from 'node:path';
import type { PemFiles } from '../../test/support/certificates.ts';
import { freePort } from '../../test/support/ports.ts';
import { CALLSIGN, callsign, folderIn, type Running, type Server, withFolder, withServers } from './field.ts';
import { type Host, writeServed } from './names.ts';
import { type At, PEERS, type Peer, ZONE } from './peers.ts';
import { fillStore } from './store.ts';

export interface FieldOptions {
  /** Which of the peers; absent: all. */
  readonly peers?: readonly Peer[];
  /** What those who know DNS over TLS are given; absent: nobody speaks it. */
  readonly certificate?: PemFiles;
}

/** Callsign and its peers, serving the same names on one core each in turn. */
export async function withField(
  all: readonly Host[],
  work: (running: readonly Running[]) => Promise<void>,
  { peers = PEERS, certificate }: FieldOptions = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const served = writeServed(folder, all);
    const servers: Server[] = [];
    for (const { name, tls, prepare } of peers) {
      const at = await place(tls === true ? certificate : undefined);
      servers.push({ name, at, command: prepare(folderIn(folder, name), at, served) });
    }
    servers.push(await ours(folder, all, certificate));
    await withServers(servers, all.at(-1) as Host, work);
  });
}

async function ours(folder: string, all: readonly Host[], certificate?: PemFiles): Promise<Server> {
  const store = `embedded:${join(folder, 'store.journal')}`;
  await fillStore(store, all);
  const at = await place(certificate);
  const { port, tls } = at;
  const serve = ['--domain', ZONE, '--store', store, '--dns', `127.0.0.1:${port}`, '--http', '127.0.0.1:0'];
  const dot = tls && ['--dot', `127.0.0.1:${tls.port}`, '--tls-cert', tls.cert, '--tls-key', tls.key];
  return { name: CALLSIGN, at, command: callsign(...serve, ...(dot ?? []), '--nameserver', 'none') };
}

async function place(certificate: PemFiles | undefined): Promise<At> {
  const port = await freePort();
  return certificate === undefined ? { port } : { port, tls: { ...certificate, port: await freePort() } };
}
