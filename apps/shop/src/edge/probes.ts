import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { EdgeParts } from './edge-context.ts';

/** Metric label of the probes. */
export const PROBE = 'edge.probe';

const config = { operation: PROBE };

/** Node tells their number in a callback only. */
function openConnections(server: Server): () => number {
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => (open -= 1));
  });
  return () => open;
}

/** `/healthz` the process answers · `/readyz` it may be given work · `/metrics` Prometheus text. */
export function mountProbes(instance: FastifyInstance, parts: EdgeParts): void {
  instance.get('/healthz', { config }, () => ({ status: 'ok' }));
  instance.get('/readyz', { config }, (_request, reply) => {
    const ready = parts.ready() && !parts.retiring();
    if (!ready) reply.header('retry-after', '1');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready' });
  });
  const connections = openConnections(instance.server);
  parts.metrics.gauge('edgeConnections', () => [{ labels: {}, value: connections() }]);
  instance.get('/metrics', { config }, async (_request, reply) =>
    reply.header('content-type', parts.metrics.contentType).send(await parts.metrics.expose()),
  );
}
