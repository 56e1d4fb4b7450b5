import { readFileSync } from 'node:fs';
import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import { Callsign, COMPILED } from '../../test/support/process.ts';
import { eventually } from '../../test/support/wait.ts';

const PATIENCE_MS = 300_000;
const EVERY_MS = 5;
const COLLECTIONS = 5;

/** What the nameserver's memory holds once nothing in it is garbage; bytes, and milliseconds. */
export interface Memory {
  /** What the process holds of the machine's memory. */
  readonly resident: number;
  /** Of JavaScript's heap, and of what stands beside it. */
  readonly heap: number;
  readonly external: number;
  /** How long a full collection stops the main thread, the median of several. */
  readonly pauseMs: number;
}

/** A nameserver as it is installed, by itself on one core, whose memory can be looked into while it runs. */
export class MeasuredNameserver {
  /** From the start of the process to ready, milliseconds. */
  readonly startMs: number;
  readonly #process: Callsign;

  private constructor(process: Callsign, startMs: number) {
    this.#process = process;
    this.startMs = startMs;
  }

  /** `cores` is a list as taskset takes it. Without `--nameserver` nothing is forwarded. */
  static async start(cores: string, options: readonly string[]): Promise<MeasuredNameserver> {
    const begun = performance.now();
    const serve = ['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0'];
    const alone = options.includes('--nameserver') ? [] : ['--nameserver', 'none'];
    const args = ['nameserver', ...serve, ...alone, ...options];
    const process = new Callsign(args, {}, observable(cores), COMPILED);
    await process.logged('serving', PATIENCE_MS);
    await eventually(() => isReady(process.http), PATIENCE_MS, EVERY_MS);
    return new MeasuredNameserver(process, performance.now() - begun);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get dns(): SocketAddress {
    return this.#process.dns;
  }

  get http(): SocketAddress {
    return this.#process.http;
  }

  /** What the process holds of the machine's memory, garbage included; bytes (proc_pid_status(5)). */
  get resident(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  }

  /** One of its metrics, without labels. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`http://${formatSocketAddress(this.http)}/metrics`);
    const line = (await response.text()).split('\n').find((one) => one.startsWith(`${name} `));
    if (line === undefined) throw new Error(`the nameserver has no metric ${name}`);
    return Number(line.slice(name.length + 1));
  }

  /** Collects all garbage, several times, and looks at what is left. */
  async collect(): Promise<Memory> {
    const inspector = await this.#inspector();
    try {
      const left = await evaluate<Omit<Memory, 'resident'>>(inspector, COLLECT);
      return { ...left, resident: this.resident };
    } finally {
      inspector.close();
    }
  }

  async end(): Promise<void> {
    await this.#process.end('SIGTERM');
  }

  /** Node opens its inspector at the signal, and says where; a second signal changes nothing. */
  async #inspector(): Promise<WebSocket> {
    this.#process.signal('SIGUSR1');
    const url = await eventually(() => inspectorIn(this.#process.said));
    const inspector = new WebSocket(url);
    await heard(inspector, 'open');
    return inspector;
  }
}

/** Runs in the nameserver. */
const COLLECT = `(() => {
  const pauses = Array.from({ length: ${COLLECTIONS} }, () => {
    const began = performance.now();
    gc();
    return performance.now() - began;
  }).sort((a, b) => a - b);
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, external, pauseMs: pauses[${COLLECTIONS >> 1}] };
})()`;

function observable(cores: string): NonNullable<ConstructorParameters<typeof Callsign>[2]> {
  const flags = ['--expose-gc', '--inspect-port=0'];
  return { command: (file, words) => ['taskset', ['-c', cores, file, ...flags, ...words]] };
}

async function isReady(http: SocketAddress): Promise<void> {
  const response = await fetch(`http://${formatSocketAddress(http)}/readyz`);
  if (!response.ok) throw new Error('the nameserver is not ready');
}

function inspectorIn(said: string): string {
  const url = /^Debugger listening on (ws:\S+)/m.exec(said)?.[1];
  if (url === undefined) throw new Error('Node does not say where its inspector listens');
  return url;
}

/** By the Chrome DevTools protocol. */
async function evaluate<T>(inspector: WebSocket, expression: string): Promise<T> {
  const params = { expression, returnByValue: true };
  inspector.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
  const { data } = (await heard(inspector, 'message')) as MessageEvent;
  const { result } = JSON.parse(String(data)) as {
    result: { exceptionDetails?: object; result: { value: T } };
  };
  if (result.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails));
  return result.result.value;
}

async function heard(socket: WebSocket, event: 'open' | 'message'): Promise<Event> {
  const { promise, resolve, reject } = Promise.withResolvers<Event>();
  socket.addEventListener(event, resolve, { once: true });
  socket.addEventListener('error', () => reject(new Error('the inspector has gone')), { once: true });
  return await promise;
}
