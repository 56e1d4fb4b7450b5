import type { Tracer } from '@callsign/daemon';
import {
  type Asker,
  type CopyableAnswer,
  type ForwardedQuestion,
  type Recursor,
  rcodeName,
} from '@callsign/dns';
import { asked } from '../answer/asked.ts';

/** The same recursor, with a span for one question of so many. */
export class TracedRecursor implements Recursor {
  readonly #inner: Recursor;
  readonly #tracer: Tracer;
  readonly #every: number;
  #asked = 0;

  constructor(inner: Recursor, tracer: Tracer, every: number) {
    this.#inner = inner;
    this.#tracer = tracer;
    this.#every = every;
  }

  kept(question: ForwardedQuestion): CopyableAnswer | undefined {
    return this.#inner.kept?.(question);
  }

  ask(question: ForwardedQuestion, asker: Asker): void {
    this.#asked += 1;
    const isTraced = this.#asked % this.#every === 0;
    this.#inner.ask(question, isTraced ? this.#traced(question, asker) : asker);
  }

  #traced({ message }: ForwardedQuestion, asker: Asker): Asker {
    const { name, type } = asked(message);
    const attributes = { 'dns.question.name': name, 'dns.question.type': type };
    const span = this.#tracer.span('forward', { kind: 'client', attributes });
    return {
      answered: (answer) => {
        span.set({ 'dns.response.code': rcodeName((answer.message[3] as number) & 15) });
        span.end();
        asker.answered(answer);
      },
      failed: (error) => {
        span.end(error);
        asker.failed(error);
      },
    };
  }
}
