import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { addAbortSignal } from 'node:stream';
import { inspect } from 'node:util';
import { CallsignError } from '@callsign/daemon';
import Docker from 'dockerode';
import { type DockerAddress, formatDockerAddress, portOf, type TlsFiles } from './address.ts';
import { apiVersion } from './api-version.ts';
import { type ContainerEvent, type Engine, isServiceId, type ListedContainer } from './engine.ts';
import { engineError } from './errors.ts';
import { EVENT_ACTIONS, EVENT_TYPES, readEvents } from './events.ts';
import { listedContainer, listedService } from './listed.ts';
import { networkIdsOf, readService } from './service-snapshot.ts';
import { type InspectedContainer, readContainer } from './snapshot.ts';

/** How long the Engine may take to answer. A busy one takes seconds, a dead peer for ever. */
const ANSWER_MS = 10_000;
/** A silent event stream is normal; the kernel finds out whether its peer still lives. */
const KEEP_ALIVE_MS = 15_000;

const NOT_FOUND: readonly unknown[] = [404];
/** No manager is there: said by Docker (503, 406 before 1.13), by Podman (404, 501), by a proxy that lets less through. */
const NO_MANAGER: readonly unknown[] = [503, 406, 404, 501, 403];

/** As much of the answer to `GET /info` as is looked at. */
interface SystemInformation {
  readonly Swarm?: { readonly NodeID?: string; readonly ControlAvailable?: boolean };
}

/** What the library has and its types do not know of. */
interface Untyped {
  ping(options: object): Promise<unknown>;
  info(options: object): Promise<unknown>;
  getService(id: string): { inspect(options: object): Promise<unknown> };
  version(options: object): Promise<unknown>;
  /** `version` goes before every path; undefined: nothing does. */
  readonly modem: { version: string | undefined };
}

/** A Docker Engine over its HTTP API. The only file that knows dockerode. */
export class DockerEngine implements Engine {
  readonly address: string;
  readonly #connect: () => Docker;
  readonly #answerMs: number;
  #docker: Docker;

  /** @throws {CallsignError} when a TLS file cannot be read */
  constructor(address: DockerAddress, tls?: TlsFiles, answerMs = ANSWER_MS) {
    this.address = formatDockerAddress(address);
    this.#connect = () => client(address, tls);
    this.#answerMs = answerMs;
    this.#docker = this.#connect();
  }

  async subscribe(signal: AbortSignal): Promise<AsyncIterable<ContainerEvent>> {
    await this.#negotiate(signal);
    const filters = { type: [...EVENT_TYPES], event: [...EVENT_ACTIONS] };
    const stream: unknown = await this.#ask(signal, (abortSignal) =>
      this.#docker.getEvents({ abortSignal, filters }),
    );
    return this.#events(stream as IncomingMessage, signal);
  }

  list(signal: AbortSignal): Promise<readonly ListedContainer[]> {
    return this.#ask(signal, async (abortSignal) => {
      const running = await this.#docker.listContainers({ abortSignal });
      return running.map(listedContainer);
    });
  }

  services(signal: AbortSignal): Promise<readonly ListedContainer[] | undefined> {
    return this.#ask(signal, async (abortSignal) => {
      if (!(await this.#leads(abortSignal))) return undefined;
      return (await this.#docker.listServices({ abortSignal })).map(listedService);
    });
  }

  inspect(subject: string, signal: AbortSignal): Promise<InspectedContainer | undefined> {
    return this.#ask(signal, (abortSignal) =>
      isServiceId(subject) ? this.#service(subject, abortSignal) : this.#container(subject, abortSignal),
    );
  }

  async #container(id: string, abortSignal: AbortSignal): Promise<InspectedContainer | undefined> {
    const document = await unless(NOT_FOUND, this.#docker.getContainer(id).inspect({ abortSignal }));
    return document && readContainer(document);
  }

  async #service(id: string, abortSignal: AbortSignal): Promise<InspectedContainer | undefined> {
    if (!(await this.#leads(abortSignal))) return undefined;
    const document = await unless(NOT_FOUND, this.#untyped.getService(id).inspect({ abortSignal }));
    if (document === undefined) return undefined;
    const filters = { id: [...networkIdsOf(document)] };
    const networks = await this.#docker.listNetworks({ abortSignal, filters });
    return readService(document, new Map(networks.map(({ Id, Name }) => [Id, Name])));
  }

  /**
   * True for the manager that its Swarm follows at the moment. Only a manager is asked as one, for every other Engine
   * takes that for an error, and its log would fill with them.
   */
  async #leads(abortSignal: AbortSignal): Promise<boolean> {
    if (!(await this.#isInSwarm(abortSignal))) return false;
    const { Swarm } = (await this.#untyped.info({ abortSignal })) as SystemInformation;
    if (Swarm?.ControlAvailable !== true) return false;
    const filters = JSON.stringify({ role: ['manager'] });
    const nodes = await unless(NO_MANAGER, this.#docker.listNodes({ abortSignal, filters }));
    const leader = nodes?.find(({ ManagerStatus }) => ManagerStatus?.Leader === true);
    return leader !== undefined && leader.ID === Swarm.NodeID;
  }

  /** By its networks: `GET /info` would tell, too, but costs Docker ten times as much and Podman a hundred times. */
  async #isInSwarm(abortSignal: AbortSignal): Promise<boolean> {
    const filters = { driver: ['overlay'] };
    const networks = await unless(NO_MANAGER, this.#docker.listNetworks({ abortSignal, filters }));
    return networks !== undefined && networks.length > 0;
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.#ask(signal, (abortSignal) => this.#untyped.ping({ abortSignal }));
  }

  get #untyped(): Untyped {
    return this.#docker as unknown as Untyped;
  }

  /**
   * Once for each subscription: an Engine that was away may have come back as another version, and certificates are
   * renewed.
   */
  async #negotiate(signal: AbortSignal): Promise<void> {
    this.#docker = this.#connect();
    const { modem } = this.#untyped;
    const answer = await this.#ask(signal, (abortSignal) => this.#untyped.version({ abortSignal }));
    modem.version = `v${apiVersion(answer, this.address)}`;
  }

  /** A request has a signal of its own, for one that is made of others (AbortSignal.any) is dear to make and to drop. */
  async #ask<T>(signal: AbortSignal, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    const end = () => over.abort();
    const timer = setTimeout(end, this.#answerMs);
    signal.addEventListener('abort', end, { once: true });
    try {
      signal.throwIfAborted();
      return await request(withoutWords(over.signal));
    } catch (error) {
      throw this.#translated(error, signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  async *#events(stream: IncomingMessage, signal: AbortSignal): AsyncGenerator<ContainerEvent> {
    addAbortSignal(signal, stream).socket.setKeepAlive(true, KEEP_ALIVE_MS);
    stream.setEncoding('utf8');
    try {
      yield* readEvents(stream);
    } catch (error) {
      throw this.#translated(error, signal);
    }
    throw engineError(new Error('the event stream has ended'), this.address);
  }

  /** The caller's own abort stays what it is; everything else becomes an error of ours. */
  #translated(error: unknown, signal: AbortSignal): unknown {
    return signal.aborted ? signal.reason : engineError(error, this.address);
  }
}

/** What was asked for; undefined when the Engine answered with one of these status codes. */
async function unless<T>(codes: readonly unknown[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (codes.includes((error as { readonly statusCode?: unknown }).statusCode)) return undefined;
    throw error;
  }
}

/** The library prints all of a request's options for each request, whether anybody reads it or not. */
function withoutWords(signal: AbortSignal): AbortSignal {
  return Object.defineProperty(signal, inspect.custom, { value: () => 'signal' });
}

/**
 * Every setting is spelled out, because the library fills what is missing from DOCKER_HOST and its kin. No agent
 * of our own: the library prints all of a request's options for each request, and an agent's are without end.
 */
function client(address: DockerAddress, tls: TlsFiles | undefined): Docker {
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined };
  const options =
    address.kind === 'socket'
      ? { ...none, socketPath: address.path, protocol: 'http' }
      : {
          host: address.host.includes(':') ? `[${address.host}]` : address.host,
          port: portOf(address),
          protocol: address.tls ? 'https' : 'http',
          pathPrefix: '/',
          ...(address.tls ? certificates(tls) : { ca: undefined, cert: undefined, key: undefined }),
        };
  try {
    return new Docker(options as Docker.DockerOptions);
  } catch (cause) {
    throw new CallsignError('ENGINE_ENVIRONMENT', 'the environment variables about Docker contradict', {
      cause,
      cure: 'Correct or unset DOCKER_HOST and DOCKER_CERT_PATH',
    });
  }
}

function certificates({ ca, cert, key }: TlsFiles = { ca: undefined, cert: undefined, key: undefined }) {
  return {
    ca: pem('--tlscacert', ca),
    cert: pem('--tlscert', cert),
    key: pem('--tlskey', key),
  };
}

function pem(flag: string, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CallsignError('TLS_FILE_UNREADABLE', `${flag}: cannot read the file ${file}`, {
      cause,
      cure: `Check that it exists and that callsign may read it, or name another with ${flag}`,
    });
  }
}
