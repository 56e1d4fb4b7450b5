import { HttpError } from '../http/http-error.ts';
import type { HttpReply, HttpRequest, Route } from '../http/message.ts';
import { readTraceparent } from './span-context.ts';
import type { Span, Tracer } from './tracer.ts';

/** The same routes, with a span for each request: of the trace that its `traceparent` names, or of a new one. */
export function tracedRoutes(routes: readonly Route[], tracer: Tracer): readonly Route[] {
  return routes.map((route) => ({ ...route, handle: (request) => traced(route, request, tracer) }));
}

/** A stream's span ends where its head is ready. */
async function traced(route: Route, request: HttpRequest, tracer: Tracer): Promise<HttpReply> {
  const parent = readTraceparent(request.headers.traceparent);
  if (parent?.isSampled === false) return await route.handle(request);
  const attributes = attributesOf(route, request);
  const span = tracer.span(`${route.method} ${route.path}`, { kind: 'server', parent, attributes });
  try {
    const reply = await route.handle(request);
    span.set({ 'http.response.status_code': reply.status });
    span.end();
    return reply;
  } catch (error) {
    endRefused(span, error);
    throw error;
  }
}

function attributesOf(route: Route, request: HttpRequest) {
  return {
    'http.request.method': request.method,
    'http.route': route.path,
    'url.path': request.path,
    'client.address': request.peer,
  };
}

/** What the client has got wrong is no failure of ours. */
function endRefused(span: Span, error: unknown): void {
  const status = error instanceof HttpError ? error.status : undefined;
  if (status !== undefined) span.set({ 'http.response.status_code': status });
  span.end(status !== undefined && status < 500 ? undefined : error);
}
