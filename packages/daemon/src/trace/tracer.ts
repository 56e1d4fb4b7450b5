import { newContext, type SpanContext } from './span-context.ts';

export type Attribute = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** What a span is to others: OpenTelemetry's SpanKind. */
export type SpanKind = 'internal' | 'server' | 'client' | 'consumer';

export interface SpanStart {
  /** Absent: internal. */
  readonly kind?: SpanKind;
  /** Absent: a trace begins. */
  readonly parent?: SpanContext | undefined;
  readonly attributes?: Attributes;
}

/** Something that takes time, until it is ended. */
export interface Span {
  readonly context: SpanContext;
  set(attributes: Attributes): void;
  /** Once; what comes later is of no effect. @param error why it came to nothing */
  end(error?: unknown): void;
}

/** Tells of what takes time, to whoever wants to know. */
export interface Tracer {
  span(name: string, start?: SpanStart): Span;
}

const SILENT_SPAN: Span = { context: newContext(), set: () => undefined, end: () => undefined };

/** A tracer that nobody listens to. */
export const silentTracer: Tracer = { span: () => SILENT_SPAN };

/** Does some work in a span of its own, which fails with it. */
export async function inSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
