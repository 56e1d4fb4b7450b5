import { json } from './http/json.ts';
import type { HttpReply, Route } from './http/message.ts';
import type { Metrics } from './metrics.ts';

/** Why a daemon is not ready, or undefined when it is. */
export type Readiness = () => string | undefined;

/** `/healthz`: the process is alive. `/readyz`: it can do its work. `/metrics`: what it has done. */
export function healthRoutes(ready: Readiness, metrics: Metrics): readonly Route[] {
  return [
    { method: 'GET', path: '/healthz', handle: () => json(200, { status: 'ok' }) },
    { method: 'GET', path: '/readyz', handle: () => readiness(ready()) },
    { method: 'GET', path: '/metrics', handle: () => scrape(metrics) },
  ];
}

function readiness(reason: string | undefined): HttpReply {
  return reason === undefined ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', reason });
}

async function scrape(metrics: Metrics): Promise<HttpReply> {
  return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.text() };
}
