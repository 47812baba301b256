import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import type { EdgeRoute } from './route.ts';

/** The methods that a path answers to. */
export type Allowed = (path: string) => readonly string[];

/** What the edge serves beside its routes. */
const OTHERS = [
  { method: 'POST', path: /^\/api\/sessions$/ },
  { method: 'GET', path: /^\/(?:healthz|readyz|metrics|api\/openapi\.json)$/ },
] as const;

/** Knows every path of the API by its shape. */
export function allowedMethods(routes: readonly EdgeRoute[]): Allowed {
  const exposed = routes.map(({ options }) => ({
    method: options.method,
    path: new RegExp(`^${options.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  const table = [...exposed, ...OTHERS];
  return (path) => {
    const methods = table.filter((row) => row.path.test(path)).map(({ method }) => method as string);
    return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  };
}

/** Whether a browser asks for a page: the storefront shows every path that is no API's. */
export function wantsPage(request: FastifyRequest): boolean {
  const path = request.url.split('?', 1)[0] ?? '';
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (path.startsWith('/api/') || path.startsWith('/images/') || path.startsWith('/assets/')) return false;
  return (request.headers.accept ?? '').includes('text/html');
}

/** @throws Problem `method_not_allowed` (with `Allow`) or `not_found`. */
export function refuseUnknown(allowed: Allowed, request: FastifyRequest, reply: FastifyReply): never {
  const methods = allowed(request.url.split('?', 1)[0] ?? '');
  if (methods.length === 0) throw new Problem('not_found');
  reply.header('allow', methods.join(', '));
  throw new Problem('method_not_allowed');
}
