import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { SocketAddress } from '@callsign/daemon';
import { type Certificate, type Responder, readCertificate, TransportCounters } from '@callsign/dns';
import { Authority } from '../../../test/support/certificates.ts';
import { OPENSSL, type Part, requireParts } from '../../../test/support/parts.ts';
import { echo, responder } from './responders.ts';

/** The name in the certificate that is shown first, and that in the one after it. */
export const [NAME, OTHER_NAME] = ['dns.test', 'other.test'] as const;
export const ECHO = responder((query) => echo(query));

interface EncryptedListener {
  readonly address: SocketAddress;
  start(): Promise<void>;
  close(): Promise<void>;
  renew(certificate: Certificate): void;
}

type ListenerClass<L, O> = new (
  at: SocketAddress,
  responder: Responder,
  certificate: Certificate,
  options: O & { readonly counters: TransportCounters },
) => L;

/**
 * A listener for each test of a suite, on a port of its own, with certificates of an authority that the suite's
 * clients trust and nobody else does. It and its clients are closed behind each test.
 *
 * @param protocol what clients offer by ALPN unless they are told otherwise
 */
export function encryptedListener<L extends EncryptedListener, O extends object>(
  Listener: ListenerClass<L, O>,
  protocol: string,
  ...parts: readonly Part[]
) {
  let authority: Authority;
  let ca: Buffer;
  let listener: L;
  let counters: TransportCounters;
  const opened: { destroy(): void }[] = [];

  before(async function () {
    requireParts(this, OPENSSL, ...parts);
    authority = await Authority.make();
    for (const name of [NAME, OTHER_NAME]) await authority.issue(name);
    ca = await authority.caBytes();
  });
  beforeEach(() => {
    counters = new TransportCounters();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) each.destroy();
    await listener?.close();
  });
  after(() => authority?.close());

  const certificate = (name: string) => readCertificate(authority.files(name));
  const kept = <T extends Socket>(socket: T): T => {
    opened.push(socket.on('error', () => undefined));
    return socket;
  };
  return {
    opened,
    authority: () => authority,
    counters: () => counters,
    address: () => listener.address,
    listen: async (answering: Responder = ECHO, options = {} as O) => {
      const at = { host: '127.0.0.1', port: 0 };
      listener = new Listener(at, answering, await certificate(NAME), { counters, ...options });
      await listener.start();
    },
    close: () => listener.close(),
    renew: async () => listener.renew(await certificate(OTHER_NAME)),
    openPlain: (): Socket => kept(connect(listener.address)),
    openTls: (options: ConnectionOptions = {}): TLSSocket =>
      kept(tlsConnect({ ...listener.address, ca, servername: NAME, ALPNProtocols: [protocol], ...options })),
  };
}
