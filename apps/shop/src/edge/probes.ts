import type { FastifyInstance } from 'fastify';
import type { EdgeParts } from './edge-context.ts';

/** Metric label of the probes. */
export const PROBE = 'edge.probe';

const config = { operation: PROBE };

/** `/healthz` the process answers · `/readyz` it may be given work · `/metrics` Prometheus text. */
export function mountProbes(instance: FastifyInstance, parts: EdgeParts): void {
  instance.get('/healthz', { config }, () => ({ status: 'ok' }));
  instance.get('/readyz', { config }, (_request, reply) => {
    const ready = parts.ready() && !parts.retiring();
    if (!ready) reply.header('retry-after', '1');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready' });
  });
  instance.get('/metrics', { config }, async (_request, reply) =>
    reply.header('content-type', parts.metrics.contentType).send(await parts.metrics.expose()),
  );
}
