import { randomBytes } from 'node:crypto';

/** What a span is known by, in this process and in others. */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
/** Version, trace, parent, flags, and what later versions may add (W3C Trace Context, 3.2). */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/** A span of somebody else's, that our own may be a part of. */
export interface RemoteSpan extends SpanContext {
  /** False: its trace is not kept, and nothing that belongs to it need be. */
  readonly isSampled: boolean;
}

/** The span that a request's `traceparent` names; undefined for none, and for what is malformed (3.2.2). */
export function readTraceparent(header: string | undefined): RemoteSpan | undefined {
  const found = TRACEPARENT.exec(header ?? '') ?? [];
  const [, version, traceId = NO_TRACE, spanId = NO_SPAN, flags = '', more] = found;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  if (version === '00' && more !== undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** A new span: of its parent's trace, or the first of a trace. */
export function newContext(parent?: SpanContext): SpanContext {
  return {
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
  };
}
