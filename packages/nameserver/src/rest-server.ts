import type { Store } from '@callsign/catalog';
import {
  HttpServer,
  healthRoutes,
  type Log,
  type Metrics,
  type Readiness,
  type Route,
  type Tracer,
  tracedRoutes,
} from '@callsign/daemon';
import { Networks, type Responder } from '@callsign/dns';
import type { Explainer } from './answer/explain.ts';
import { dashboardRoutes } from './api/dashboard.ts';
import type { Directory } from './api/directory.ts';
import { dnsdockRoutes } from './api/dnsdock.ts';
import { guardFor } from './api/guard.ts';
import { openApi } from './api/openapi/document.ts';
import { apiRoutes } from './api/routes.ts';
import { type SkyDns1Api, skydns1Routes } from './api/skydns1.ts';
import type { Status } from './api/status.ts';
import { everywhere } from './everywhere.ts';
import type { NameserverOptions } from './nameserver-options.ts';
import type { TrafficRecorder } from './traffic/recorder.ts';

/** What is served by HTTP. */
export interface RestParts {
  readonly store: Store;
  readonly directory: Directory;
  readonly skydns1: SkyDns1Api;
  readonly responder: Responder;
  readonly explainer: Explainer;
  readonly status: () => Status;
  readonly traffic: TrafficRecorder;
  readonly metrics: Metrics;
  readonly unready: Readiness;
  /** Told of requests; absent: nobody is. */
  readonly tracer: Tracer | undefined;
  readonly log: Log;
}

/** The APIs, health and metrics, and the dashboard, on every address of `http`. */
export function restServer(options: NameserverOptions, parts: RestParts): HttpServer {
  const { token, allowWrite, domains, http, noDashboard } = options;
  const { unready, metrics, tracer, log } = parts;
  const spoken = spokenRoutes(options, parts);
  const routes = [
    ...healthRoutes(unready, metrics),
    ...(tracer === undefined ? spoken : tracedRoutes(spoken, tracer)),
    ...(noDashboard ? [] : dashboardRoutes()),
  ];
  const guard = guardFor({ token, writers: new Networks(allowWrite), domains });
  return new HttpServer({ listen: http.map(everywhere), routes, log, guard });
}

/** Our own API, and those of its ancestors. */
function spokenRoutes(options: NameserverOptions, parts: RestParts): readonly Route[] {
  return [
    ...apiRoutes({ ...parts, document: openApi(options) }),
    ...(options.noSkydns1 ? [] : skydns1Routes(parts.skydns1)),
    ...(options.noDnsdock ? [] : dnsdockRoutes(parts.directory)),
  ];
}
