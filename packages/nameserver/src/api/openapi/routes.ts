import { json, type Route } from '@callsign/daemon';
import type { OpenApi } from './document.ts';
import { openApiPage } from './page.ts';

/** `GET /v1/openapi.json`, and at `/v1/docs` the same to read. */
export function openApiRoutes(document: OpenApi): readonly Route[] {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  return [
    { method: 'GET', path: '/v1/openapi.json', handle: () => json(200, document) },
    {
      method: 'GET',
      path: '/v1/docs',
      handle: () => ({ status: 200, headers, body: openApiPage(document) }),
    },
  ];
}
