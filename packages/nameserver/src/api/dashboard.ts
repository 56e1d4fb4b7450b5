import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { HttpError, type HttpReply, type HttpRequest, type Route } from '@callsign/daemon';

/**
 * The page, its style and its picture are served as they are written, its scripts as the compiler makes them. Both are
 * found from here in the same way, whether this runs from its source or compiled.
 */
const WRITTEN = new URL('../../src/web/', import.meta.url);
const COMPILED = new URL('../../dist/web/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/**
 * Nothing is loaded from elsewhere, nothing inside the page is run, and no text becomes markup, whoever has written it
 * (Content Security Policy Level 3; Trusted Types).
 */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cache-control': 'no-cache',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** `GET /`: the dashboard, for who asks for a page. To every other client there is nothing at `/`. */
export function dashboardRoutes(): readonly Route[] {
  const file = '/dashboard/:file';
  return [
    { method: 'GET', path: '/', handle: page },
    { method: 'GET', path: file, handle: ({ params }) => asset(params.file ?? '') },
    {
      method: 'GET',
      path: '/dashboard/:folder/:file',
      handle: ({ params }) => asset(`${params.folder}/${params.file}`),
    },
  ];
}

async function page({ headers }: HttpRequest): Promise<HttpReply> {
  if (!headers.accept?.includes('text/html')) throw missing('/');
  const reply = await asset('index.html');
  return { ...reply, headers: { ...reply.headers, vary: 'accept' } };
}

/** @throws {HttpError} 404 for whatever is no file of the dashboard's */
async function asset(path: string): Promise<HttpReply> {
  const type = TYPES[extname(path)];
  if (type === undefined || !/^(?:[a-z]+\/)?[a-z-]+\.[a-z]+$/.test(path)) throw missing(`/dashboard/${path}`);
  try {
    const body = await readFile(new URL(path, path.endsWith('.js') ? COMPILED : WRITTEN), 'utf8');
    return { status: 200, headers: { 'content-type': type, ...HEADERS }, body };
  } catch {
    throw missing(`/dashboard/${path}`);
  }
}

function missing(path: string): HttpError {
  return new HttpError(404, 'NO_SUCH_PATH', `there is nothing at ${path}`);
}
