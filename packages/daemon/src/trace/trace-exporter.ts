import { type Backoff, waitAfter } from '../backoff.ts';
import { type Clock, systemClock } from '../clock.ts';
import { CallsignError, describe } from '../errors.ts';
import type { Part } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { FineClock } from '../timestamp.ts';
import { type EndedSpan, traceRequest } from './otlp.ts';
import { newContext } from './span-context.ts';
import type { Attributes, Span, SpanStart, Tracer } from './tracer.ts';

export interface TraceExporterOptions {
  /** The collector's, without `/v1/traces`. */
  readonly collector: URL;
  /** Who we are: `service.name` and so on. */
  readonly resource: Attributes;
  readonly log: Log;
  readonly clock?: Clock;
  /** Spans that may wait for the collector. */
  readonly most?: number;
}

const MOST = 4_096;
const AT_ONCE = 512;
/** Milliseconds between exports. */
const EVERY = 1_000;
const BACKOFF: Backoff = { first: 1_000, most: 30_000 };
/** Milliseconds that a collector has for its answer, and for all that is left when we are being closed. */
const PATIENCE = 10_000;
const LAST_PATIENCE = 2_000;
/** What says that the same may be taken later (OTLP, Retryable Response Codes). */
const RETRYABLE = new Set([429, 502, 503, 504]);

/**
 * Sends spans to an OpenTelemetry collector by OTLP over HTTP, many at once. Nobody waits for it: what there is no
 * room for is dropped and counted.
 */
export class TraceExporter implements Tracer, Part {
  readonly name = 'traces';
  readonly #options: TraceExporterOptions;
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #time: FineClock;
  readonly #most: number;
  readonly #closing = new AbortController();
  /** Fires when the last patience is over. */
  readonly #late = new AbortController();
  readonly #waiting: EndedSpan[] = [];
  #running: Promise<void> = Promise.resolve();
  #isTold = false;
  sent = 0;
  dropped = 0;

  constructor(options: TraceExporterOptions) {
    const { collector, clock = systemClock, most = MOST } = options;
    this.#options = options;
    this.#url = new URL(`${collector.pathname.replace(/\/$/, '')}/v1/traces`, collector);
    this.#clock = clock;
    this.#time = new FineClock(clock);
    this.#most = most;
  }

  span(name: string, { kind = 'internal', parent, attributes = {} }: SpanStart = {}): Span {
    const began = this.#time.now();
    const context = newContext(parent);
    let said = attributes;
    let hasEnded = false;
    return {
      context,
      set: (more) => {
        said = { ...said, ...more };
      },
      end: (error) => {
        if (hasEnded) return;
        hasEnded = true;
        const failure = error === undefined ? undefined : describe(error);
        this.#add({ name, kind, context, parent, began, ended: this.#time.now(), attributes: said, failure });
      },
    };
  }

  /** Returns at once: the collector need not be there. */
  async start(): Promise<void> {
    this.#running = this.#run(this.#closing.signal);
  }

  /** Lets the collector take what is on its way, for sent again it would count twice, and sends what waits behind it. */
  async close(): Promise<void> {
    this.#closing.abort();
    const patience = setTimeout(() => this.#late.abort(), LAST_PATIENCE);
    await this.#running;
    await this.#export(this.#late.signal);
    clearTimeout(patience);
    this.dropped += this.#waiting.splice(0).length;
  }

  #add(span: EndedSpan): void {
    if (this.#waiting.length < this.#most) this.#waiting.push(span);
    else this.dropped += 1;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; ) {
      await this.#clock
        .sleep(failures === 0 ? EVERY : waitAfter(failures, BACKOFF), signal)
        .catch(() => undefined);
      if (signal.aborted) return;
      const isTaken = await this.#export(AbortSignal.any([this.#late.signal, AbortSignal.timeout(PATIENCE)]));
      failures = isTaken ? 0 : failures + 1;
    }
  }

  /** @returns false when the collector does not take them, and is to be asked again */
  async #export(signal: AbortSignal): Promise<boolean> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, AT_ONCE);
      try {
        this.#taken(batch, await this.#post(batch, signal));
      } catch (error) {
        this.#notTaken(batch, error);
        return false;
      }
    }
    return true;
  }

  #taken(batch: readonly EndedSpan[], rejected: number): void {
    this.#waiting.splice(0, batch.length);
    this.sent += batch.length - rejected;
    this.dropped += rejected;
    this.#isTold = false;
  }

  #notTaken(batch: readonly EndedSpan[], error: unknown): void {
    if (!this.#closing.signal.aborted) this.#tell(error);
    const isFinal = error instanceof CallsignError && !error.retryable;
    if (isFinal) this.dropped += this.#waiting.splice(0, batch.length).length;
  }

  /** @returns how many of them the collector has no use for */
  async #post(batch: readonly EndedSpan[], signal: AbortSignal): Promise<number> {
    const body = JSON.stringify(traceRequest(this.#options.resource, batch));
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.#url, { method: 'POST', headers, body, signal });
    const text = await response.text();
    if (!response.ok) throw this.#refused(response.status);
    return rejectedSpans(text, batch.length);
  }

  #refused(status: number): CallsignError {
    const message = `the collector at ${this.#url.href} answered ${status}`;
    const cure = 'It has to take OTLP over HTTP in JSON; collectors do so on port 4318';
    return new CallsignError('TRACES_REFUSED', message, { retryable: RETRYABLE.has(status), cure });
  }

  /** An outage is said once, not with every attempt. */
  #tell(error: unknown): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const told = { collector: this.#url.href, error: describe(error) };
    this.#options.log.warn('traces are not taken: the first of them wait, the others are dropped', told);
  }
}

/** A collector may take some and not others (OTLP, Partial Success). One that tells nonsense has taken all. */
function rejectedSpans(text: string, sent: number): number {
  try {
    const told = Number(JSON.parse(text).partialSuccess?.rejectedSpans);
    return told >= 0 && told <= sent ? told : 0;
  } catch {
    return 0;
  }
}
