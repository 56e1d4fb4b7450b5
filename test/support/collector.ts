import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** What it waits for; absent: nothing. */
  readonly after?: Promise<unknown>;
}

/**
 * A double of an OpenTelemetry collector, for Debian has none: it takes OTLP over HTTP in JSON, and refuses what does not
 * follow opentelemetry/proto/trace/v1/trace.proto and the rules of its encoding in JSON, field by field.
 */
export class Collector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  /** What is wrong with what came. */
  readonly faults: unknown[] = [];
  /** What to answer next; when there is nothing, success. */
  readonly answers: Answer[] = [];
  readonly #server = createServer(async (request, response) => {
    const { status, body = {}, after } = this.answers.shift() ?? { status: 200 };
    try {
      assert.deepEqual([request.method, request.url], ['POST', '/v1/traces']);
      assert.equal(request.headers['content-type'], 'application/json');
      const spans = spansOf(JSON.parse(await text(request)));
      if (status === 200) this.spans.push(...spans);
    } catch (error) {
      this.faults.push(error);
    }
    await after;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Those with this name. */
  named(name: string): readonly CollectedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    assert.deepEqual(this.faults, []);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what came is looked into field by field
type Json = any;

function spansOf(request: Json): CollectedSpan[] {
  only(request, 'resourceSpans');
  return request.resourceSpans.flatMap(({ resource, scopeSpans, ...more }: Json) => {
    assert.deepEqual(more, {});
    only(resource, 'attributes');
    const told = attributesOf(resource.attributes);
    return scopeSpans.flatMap((each: Json) => {
      only(each, 'scope', 'spans');
      assert.equal(typeof each.scope.name, 'string');
      return each.spans.map((span: Json) => spanOf(span, told));
    });
  });
}

function spanOf(span: Json, resource: Readonly<Record<string, unknown>>): CollectedSpan {
  const { status = { code: 0 }, attributes, ...rest } = span;
  only(rest, 'traceId', 'spanId', 'parentSpanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano');
  assert.match(span.traceId, /^(?!0{32})[0-9a-f]{32}$/);
  assert.match(span.spanId, /^(?!0{16})[0-9a-f]{16}$/);
  if (span.parentSpanId !== undefined) assert.match(span.parentSpanId, /^(?!0{16})[0-9a-f]{16}$/);
  assert.ok(Number.isInteger(span.kind) && span.kind >= 1 && span.kind <= 5);
  for (const time of [span.startTimeUnixNano, span.endTimeUnixNano]) assert.match(time, /^\d{19}$/);
  assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano));
  only(status, 'code', 'message');
  return { ...rest, failed: status.code === 2, attributes: attributesOf(attributes), resource };
}

function attributesOf(attributes: Json): Record<string, unknown> {
  const pairs = attributes.map((attribute: Json) => {
    only(attribute, 'key', 'value');
    return [attribute.key, contentOf(attribute.value)];
  });
  assert.equal(new Set(pairs.map(([key]: [string]) => key)).size, pairs.length, 'a key is there twice');
  return Object.fromEntries(pairs);
}

function contentOf(value: Json): unknown {
  const [[kind, content], ...more] = Object.entries(value) as [[string, Json], ...unknown[]];
  assert.deepEqual(more, []);
  switch (kind) {
    case 'stringValue':
      assert.equal(typeof content, 'string');
      return content;
    case 'boolValue':
      assert.equal(typeof content, 'boolean');
      return content;
    case 'intValue':
      assert.match(content, /^-?\d+$/);
      return Number(content);
    case 'doubleValue':
      assert.equal(typeof content, 'number');
      return content;
    case 'arrayValue':
      only(content, 'values');
      return content.values.map(contentOf);
    default:
      return assert.fail(`there is no ${kind} in an AnyValue`);
  }
}

function only(object: Json, ...fields: readonly string[]): void {
  assert.deepEqual(
    Object.keys(object).filter((field) => !fields.includes(field)),
    [],
  );
}
