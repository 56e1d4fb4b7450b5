import type { Store } from '@callsign/catalog';
import type { Route } from '@callsign/daemon';
import type { Responder } from '@callsign/dns';
import type { Explainer } from '../answer/explain.ts';
import type { TrafficRecorder } from '../traffic/recorder.ts';
import type { Directory } from './directory.ts';
import { eventRoutes } from './events.ts';
import { explainRoutes } from './explain.ts';
import { nameRoutes } from './names.ts';
import { nodeRoutes } from './nodes.ts';
import type { OpenApi } from './openapi/document.ts';
import { openApiRoutes } from './openapi/routes.ts';
import { serviceRoutes } from './services.ts';
import { type Status, statusRoutes } from './status.ts';
import { storeRoutes } from './store.ts';
import { trafficRoutes } from './traffic.ts';

export interface ApiParts {
  readonly directory: Directory;
  readonly store: Store;
  readonly responder: Responder;
  readonly explainer: Explainer;
  readonly status: () => Status;
  readonly traffic: Pick<TrafficRecorder, 'after'>;
  /** What it tells about itself. */
  readonly document: OpenApi;
}

/** Everything below `/v1`. */
export function apiRoutes(parts: ApiParts): readonly Route[] {
  const { directory, store, responder, explainer, status, traffic, document } = parts;
  return [
    ...serviceRoutes(directory),
    ...nodeRoutes(directory),
    ...eventRoutes(directory),
    ...nameRoutes(responder),
    ...explainRoutes(explainer),
    ...statusRoutes(status),
    ...trafficRoutes(traffic),
    ...storeRoutes(store),
    ...openApiRoutes(document),
  ];
}
