import { HttpError } from './http-error.ts';
import type { HttpReply, HttpRequest, Route } from './message.ts';
import { problem } from './problem.ts';

/** Tells whoever asks for what there is not whether it is the path or the method (RFC 9110, 15.5.5 and 15.5.6). */
export function notRouted(
  { method, path }: Pick<HttpRequest, 'method' | 'path'>,
  routes: readonly Route[],
): HttpReply {
  const there = routes.filter((route) => matches(route.path, path));
  if (there.length === 0) {
    return problem(new HttpError(404, 'NO_SUCH_PATH', `there is nothing at ${path}`));
  }
  const allow = new Set(there.flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : route.method)));
  const headers = { allow: [...allow].join(', ') };
  const refused = new HttpError(405, 'METHOD_NOT_ALLOWED', `${method} is not possible at ${path}`, {
    headers,
  });
  return problem(refused);
}

function matches(pattern: string, path: string): boolean {
  const want = pattern.split('/');
  const have = path.split('/');
  const fits = (part: string, at: number) => (part.startsWith(':') ? have[at] !== '' : part === have[at]);
  return want.length === have.length && want.every(fits);
}
