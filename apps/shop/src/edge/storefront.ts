import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EdgeParts } from './edge-context.ts';
import { allowedMethods, refuseUnknown, wantsPage } from './not-found.ts';
import { pictureOf } from './picture.ts';
import { Problem } from './problem.ts';

const YEAR = 'public, max-age=31536000, immutable';
/** Asked for again each time; answered 304 while it is the same. */
const REVALIDATE = 'no-cache';
const DAY = 'public, max-age=86400';
const PICTURE = /^([a-z0-9-]{1,64})\.svg$/;

async function mountFiles(instance: FastifyInstance, folder: string): Promise<void> {
  await instance.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    cacheControl: false,
    acceptRanges: false,
    index: 'index.html',
    setHeaders: (reply, path) => {
      void reply.header('cache-control', path.includes(`${sep}assets${sep}`) ? YEAR : REVALIDATE);
    },
  });
}

/** Serves the built storefront, the products' pictures, and for unknown paths the page or a problem. */
export async function mountStorefront(instance: FastifyInstance, parts: EdgeParts): Promise<void> {
  const folder = parts.storefront;
  const page = folder !== undefined && existsSync(join(folder, 'index.html'));
  if (page) await mountFiles(instance, folder);
  instance.get<{ Params: { file: string } }>(
    '/images/:file',
    { config: { operation: 'edge.picture' } },
    (request, reply) => {
      const id = PICTURE.exec(request.params.file)?.[1];
      if (id === undefined) throw new Problem('not_found');
      return reply
        .header('content-type', 'image/svg+xml; charset=utf-8')
        .header('cache-control', DAY)
        .send(pictureOf(id));
    },
  );
  const allowed = allowedMethods(parts.routes);
  const showsPage = (request: FastifyRequest): boolean => page && wantsPage(request);
  // Before the body is looked at: Fastify has answers of its own to bodies, e.g. 400 to a QUERY without one.
  instance.addHook('onRequest', (request, reply, done) => {
    if (request.is404 && !showsPage(request)) refuseUnknown(allowed, request, reply);
    done();
  });
  instance.setNotFoundHandler((_request, reply) => reply.sendFile('index.html'));
}
