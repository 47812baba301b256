import { join } from 'node:path';
import type { HostContext, HostEdge } from '@atlas/platform-host';
import { tellDrops } from '@atlas/platform-telemetry';
import { edgeAddress, type AppConfig } from './app.config.ts';
import { ConnectionSpread } from './edge/connection-spread.ts';
import { EdgeAdapter } from './edge/edge-adapter.ts';
import { EdgeListener } from './edge/edge-listener.ts';
import { mountEdge } from './edge/edge.ts';
import { CommonHeaders } from './edge/headers.ts';
import { RateLimiter } from './edge/rate-limiter.ts';
import { SHOP_ROUTES } from './edge/routes.ts';
import { Sessions } from './edge/sessions.ts';

/** Said when there are too many. */
const MORE_CLIENTS = 'for more of them raise `ulimit -n`, or switch to more bundles';
/** The built storefront lies beside the built bundle. */
const STOREFRONT = join(import.meta.dirname, '..', 'storefront');

/** The shop's edge over what its host offers. */
export function shopEdge(context: HostContext<AppConfig>): HostEdge {
  const { config, coupling, metrics, logger } = context;
  const address = edgeAddress(config);
  const shape = { current: () => context.shape() };
  const adapter = new EdgeAdapter(shape, metrics);
  const instance = adapter.getInstance();
  const listener = new EdgeListener(instance.server);
  tellDrops(instance.server, logger, { listener: 'edge', advice: MORE_CLIENTS });
  const parts = {
    coupling,
    shape,
    headers: new CommonHeaders(),
    sessions: new Sessions(config.ATLAS_SESSION_SECRET),
    limits: {
      session: new RateLimiter({ perSecond: config.ATLAS_RATE_SESSION }),
      address: new RateLimiter({ perSecond: config.ATLAS_RATE_ADDRESS }),
    },
    metrics,
    logger,
    routes: SHOP_ROUTES,
    storefront: config.ATLAS_STOREFRONT_DIR ?? STOREFRONT,
    spread: new ConnectionSpread(() => context.bundles()),
    ready: () => context.ready(),
    retiring: () => listener.retiring,
  };
  return {
    adapter,
    mount: () => mountEdge(instance, parts),
    async listen() {
      await instance.ready();
      const { address: host, port } = await listener.listen(address);
      return `http://${host}:${port}`;
    },
    retire: () => listener.retire(),
  };
}
