import { inSpan, type Tracer } from '@callsign/daemon';
import { type Answer, type CopyableAnswer, type Recursor, rcodeName } from '@callsign/dns';
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

  kept(question: Buffer): CopyableAnswer | undefined {
    return this.#inner.kept?.(question);
  }

  forward(question: Buffer): Promise<Answer> {
    this.#asked += 1;
    return this.#asked % this.#every === 0 ? this.#traced(question) : this.#inner.forward(question);
  }

  #traced(question: Buffer): Promise<Answer> {
    const { name, type } = asked(question);
    const attributes = { 'dns.question.name': name, 'dns.question.type': type };
    const span = this.#tracer.span('forward', { kind: 'client', attributes });
    return inSpan(span, async () => {
      const answer = await this.#inner.forward(question);
      span.set({ 'dns.response.code': rcodeName((answer.message[3] as number) & 15) });
      return answer;
    });
  }
}
