import { createServer, type Server } from 'node:http';
import { shareDescriptors } from '@atlas/platform-config';
import { tellDrops, type Metrics, type Warns } from '@atlas/platform-telemetry';

/** Who has not asked by then is hung up on, ms. */
const PATIENCE = { headersTimeout: 2_000, requestTimeout: 2_000, connectionsCheckingInterval: 1_000 };

export interface StatusServer {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** `/healthz`, `/readyz` and `/metrics` of one host, on a loopback port of its own. */
export async function startStatusServer(
  metrics: Pick<Metrics, 'expose' | 'contentType'>,
  ready: () => boolean,
  log: Warns,
): Promise<StatusServer> {
  const answers: Readonly<Record<string, () => Promise<[status: number, type: string, body: string]>>> = {
    '/healthz': async () => [200, 'application/json', '{"status":"ok"}'],
    '/readyz': async () =>
      ready()
        ? [200, 'application/json', '{"status":"ready"}']
        : [503, 'application/json', '{"status":"not_ready"}'],
    '/metrics': async () => [200, metrics.contentType, await metrics.expose()],
  };
  const server: Server = createServer(PATIENCE, (request, response) => {
    const answer = request.method === 'GET' ? answers[request.url ?? ''] : undefined;
    const sent = (
      answer?.() ?? Promise.resolve([404, 'application/json', '{"code":"not_found"}'] as const)
    ).then(([status, type, body]) =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body),
    );
    sent.catch(() => response.destroy());
  });
  server.maxConnections = shareDescriptors().probes;
  tellDrops(server, log, { listener: 'status' });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
