import { timestamp } from '../timestamp.ts';
import type { SpanContext } from './span-context.ts';
import type { Attribute, Attributes, SpanKind } from './tracer.ts';

/** A span that has ended. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly ended: number;
  readonly attributes: Attributes;
  /** Absent: all went well. */
  readonly failure?: string | undefined;
}

/** opentelemetry/proto/trace/v1/trace.proto */
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, consumer: 5 };
const STATUS_ERROR = 2;
const SCOPE = { name: 'callsign' };

/**
 * An ExportTraceServiceRequest as OTLP has it in JSON: ids in hexadecimal, numbers of 64 bits as text
 * (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 */
export function traceRequest(resource: Attributes, spans: readonly EndedSpan[]): unknown {
  const scopeSpans = [{ scope: SCOPE, spans: spans.map(spanOf) }];
  return { resourceSpans: [{ resource: { attributes: keyValues(resource) }, scopeSpans }] };
}

function spanOf({ name, kind, context, parent, began, ended, attributes, failure }: EndedSpan) {
  return {
    ...context,
    ...(parent && { parentSpanId: parent.spanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(began),
    endTimeUnixNano: nanoseconds(ended),
    attributes: keyValues(attributes),
    ...(failure !== undefined && { status: { code: STATUS_ERROR, message: failure } }),
  };
}

function nanoseconds(ms: number): string {
  const { seconds, nanoseconds: rest } = timestamp(ms);
  return `${seconds}${String(rest).padStart(9, '0')}`;
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Attribute): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
}
