import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { CallsignError } from '@callsign/daemon';
import Docker from 'dockerode';
import { type DockerAddress, formatDockerAddress, portOf, type TlsFiles } from './address.ts';
import { apiVersion } from './api-version.ts';
import type { ContainerEvent, Engine, ListedContainer } from './engine.ts';
import { engineError } from './errors.ts';
import { EVENT_ACTIONS, readEvents } from './events.ts';
import { listedContainer } from './listed.ts';
import { type InspectedContainer, readContainer } from './snapshot.ts';

/** How long the Engine may take to answer. A busy one takes seconds, a dead peer for ever. */
const ANSWER_MS = 10_000;
/** A silent event stream is normal; the kernel finds out whether its peer still lives. */
const KEEP_ALIVE_MS = 15_000;

/** What the library has and its types do not know of. */
interface Untyped {
  ping(options: object): Promise<unknown>;
  version(options: object): Promise<unknown>;
  /** `version` goes before every path; undefined: nothing does. */
  readonly modem: { version: string | undefined };
}

/** A Docker Engine over its HTTP API. The only file that knows dockerode. */
export class DockerEngine implements Engine {
  readonly address: string;
  readonly #docker: Docker;
  readonly #answerMs: number;

  /** @throws {CallsignError} when a TLS file cannot be read */
  constructor(address: DockerAddress, tls?: TlsFiles, answerMs = ANSWER_MS) {
    this.address = formatDockerAddress(address);
    this.#docker = client(address, tls);
    this.#answerMs = answerMs;
  }

  async subscribe(signal: AbortSignal): Promise<AsyncIterable<ContainerEvent>> {
    await this.#negotiate(signal);
    const filters = { type: ['container' as const, 'network' as const], event: [...EVENT_ACTIONS] };
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

  inspect(container: string, signal: AbortSignal): Promise<InspectedContainer | undefined> {
    return this.#ask(signal, async (abortSignal) => {
      try {
        return readContainer(await this.#docker.getContainer(container).inspect({ abortSignal }));
      } catch (error) {
        if ((error as { readonly statusCode?: unknown }).statusCode === 404) return undefined;
        throw error;
      }
    });
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.#ask(signal, (abortSignal) => this.#untyped.ping({ abortSignal }));
  }

  get #untyped(): Untyped {
    return this.#docker as unknown as Untyped;
  }

  /** Once for each subscription: an Engine that was away may have come back as another version. */
  async #negotiate(signal: AbortSignal): Promise<void> {
    const { modem } = this.#untyped;
    modem.version = undefined;
    const answer = await this.#ask(signal, (abortSignal) => this.#untyped.version({ abortSignal }));
    modem.version = `v${apiVersion(answer, this.address)}`;
  }

  async #ask<T>(signal: AbortSignal, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.#answerMs);
    try {
      return await request(AbortSignal.any([signal, late.signal]));
    } catch (error) {
      throw this.#translated(error, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async *#events(stream: IncomingMessage, signal: AbortSignal): AsyncGenerator<ContainerEvent> {
    stream.socket.setKeepAlive(true, KEEP_ALIVE_MS);
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
