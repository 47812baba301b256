import type { FastifyInstance } from 'fastify';
import { mountApi } from './api.ts';
import type { EdgeParts } from './edge-context.ts';
import { installHooks } from './hooks.ts';
import { openApi } from './openapi.ts';
import { mountProbes } from './probes.ts';
import { mountStorefront } from './storefront.ts';

/** Mounts the whole edge on a Fastify instance that is not ready yet. */
export async function mountEdge(instance: FastifyInstance, parts: EdgeParts): Promise<void> {
  installHooks(instance, parts);
  mountApi(instance, parts);
  mountProbes(instance, parts);
  const document = JSON.stringify(openApi(parts.routes));
  instance.get('/api/openapi.json', { config: { operation: 'edge.openapi' } }, (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(document),
  );
  await mountStorefront(instance, parts);
}
