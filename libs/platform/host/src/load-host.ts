import type { Agent } from '@atlas/control-agent';
import { databaseKey, type HostConfig } from '@atlas/platform-config';
import { databaseToken, type Database, type DatabaseSettings } from '@atlas/platform-database';
import { createMetrics, silentMetrics, type Logger, type Metrics } from '@atlas/platform-telemetry';
import { exposeCalls } from './call-lines.ts';
import { faultyRegistry } from './faulty-registry.ts';
import { HeldLayouts } from './held-layouts.ts';
import { applicationName, linkHost, type HostLink } from './host-link.ts';
import { HostModule } from './host-module.ts';
import type { HostEdge, HostOptions } from './host-options.ts';
import { startNest, type NestApp } from './nest-app.ts';
import { FIRST_POOL_SIZE, Pools } from './pools.ts';
import { startStatusServer, type StatusServer } from './status-server.ts';

/** A control agent that is made later than those who ask it. */
export class LateAgent {
  agent: Agent | undefined = undefined;
  readonly ready = (): boolean => this.agent?.status().health === 'ready';
}

/** A host whose modules are loaded and whose listeners listen, but that nobody knows of yet. */
export interface LoadedHost {
  readonly link: HostLink;
  readonly layouts: HeldLayouts;
  readonly metrics: Metrics;
  readonly nest: NestApp;
  readonly pools: Pools;
  readonly status: StatusServer;
  readonly edge: HostEdge | undefined;
}

function databasesOf(modules: readonly string[], nest: NestApp): Map<string, Database> {
  return new Map(modules.map((module) => [module, nest.app.get<Database>(databaseToken(module))]));
}

function settingsOf(config: HostConfig): (module: string) => DatabaseSettings {
  const urls: Readonly<Record<string, unknown>> = { ...config };
  return (module) => {
    const key = databaseKey(module);
    const url = urls[key];
    if (typeof url !== 'string') throw new Error(`${key} is missing: this host loads module "${module}"`);
    return { url, applicationName: applicationName(config), poolSize: FIRST_POOL_SIZE };
  };
}

function readGauges(metrics: Metrics, link: HostLink, pools: Pools): void {
  metrics.gauge('openRoots', () =>
    Object.entries(link.runtime.openRoots()).map(([epoch, value]) => ({ labels: { epoch }, value })),
  );
  metrics.gauge('databaseConnections', () => pools.readings());
}

/** @throws Error when an address is taken, a module does not load or its database refuses. */
export async function loadHost<Config extends HostConfig>(
  options: HostOptions<Config>,
  config: Config,
  logger: Logger,
  late: LateAgent,
): Promise<LoadedHost> {
  const metrics = config.ATLAS_TELEMETRY === 'off' ? silentMetrics() : createMetrics();
  const link = linkHost(options, config, logger, () => late.agent);
  const { runtime } = link;
  const layouts = new HeldLayouts();
  const bundles = () => layouts.bundles(runtime.current);
  const shape = () => ({ epoch: runtime.current ?? 0, mode: runtime.mode ?? 'tight' });
  const edge = options.edge?.({
    config,
    logger,
    metrics,
    coupling: runtime,
    shape,
    bundles,
    ready: late.ready,
  });
  const root = HostModule.of({
    coupling: runtime,
    registry: faultyRegistry(runtime),
    databases: settingsOf(config),
    app: options.app(config),
  });
  const nest = await startNest(root, link.listener, edge, logger);
  const pools = new Pools(options.kind, config.ATLAS_POOL_BUDGET, databasesOf(options.modules, nest));
  const status = await startStatusServer(metrics, late.ready, logger);
  readGauges(metrics, link, pools);
  exposeCalls(metrics, runtime.meter);
  return { link, layouts, metrics, nest, pools, status, edge };
}
