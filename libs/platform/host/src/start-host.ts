import { createAgent, type Agent } from '@atlas/control-agent';
import { databaseKey, type HostConfig } from '@atlas/platform-config';
import {
  createDatabase,
  databaseToken,
  type Database,
  type DatabaseSettings,
} from '@atlas/platform-database';
import { postgresEventReader } from '@atlas/platform-event-log';
import { createMetrics, type Logger, type Metrics } from '@atlas/platform-telemetry';
import { setTimeout as wait } from 'node:timers/promises';
import { followingRuntime } from './following-runtime.ts';
import { applicationName, linkHost, type HostLink } from './host-link.ts';
import { HostModule } from './host-module.ts';
import type { HostEdge, HostOptions } from './host-options.ts';
import { startNest, type NestApp } from './nest-app.ts';
import { FIRST_POOL_SIZE, Pools } from './pools.ts';
import { Pump } from './pump/pump.ts';
import { startStatusServer, type StatusServer } from './status-server.ts';
import { warmUp } from './warm-up.ts';

export interface RunningHost {
  /** H2 of `boot-host.ts`. */
  leave(): Promise<void>;
  /** Accepts nothing any more; what is in flight may end while the process still lives. */
  hush(): void;
}

export interface HostEvents {
  readonly onFenced: () => void;
  readonly onOrphaned: () => void;
}

/** The pump's own connections, beside the business budget. */
const PUMP_CONNECTIONS = 2;
const FIRST_LAYOUT_EVERY_MS = 20;
/** Roots whose clients have gone are waited for this long: their deadline and a bit. */
const LAST_ROOTS_MS = 12_000;

/** The parts of a host, in the order in which they come up. */
interface Parts {
  readonly link: HostLink;
  readonly metrics: Metrics;
  readonly nest: NestApp;
  readonly status: StatusServer;
  readonly agent: Agent;
  readonly edge: HostEdge | undefined;
  readonly pump: { stop(): Promise<void> } | undefined;
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

/** A layout to warm up with: one in force, or the one that is being prepared for this host. */
async function firstLayout(link: HostLink, kind: 'bundle' | 'service'): Promise<number> {
  for (;;) {
    const { runtime } = link;
    const held = kind === 'bundle' ? runtime.current : runtime.held().at(-1);
    if (held !== undefined) return runtime.held().at(-1) ?? held;
    await wait(FIRST_LAYOUT_EVERY_MS);
  }
}

async function startPump<Config extends HostConfig>(
  options: HostOptions<Config>,
  config: Config,
  link: HostLink,
  metrics: Metrics,
  log: Logger,
): Promise<Parts['pump']> {
  const url = options.eventLogUrl?.(config);
  if (url === undefined) return undefined;
  const holder = applicationName(config);
  const database = await createDatabase({
    url,
    applicationName: holder,
    schema: 'event_log',
    entities: [],
    poolSize: PUMP_CONNECTIONS,
  });
  const { store, runtime: coupling } = link;
  const reader = postgresEventReader(database);
  const pump = new Pump({ contracts: options.contracts, coupling, store, reader, holder, metrics, log });
  pump.start();
  return {
    stop: async () => {
      await pump.stop();
      await database.close();
    },
  };
}

function readGauges(metrics: Metrics, link: HostLink, pools: Pools): void {
  metrics.gauge('openRoots', () =>
    Object.entries(link.runtime.openRoots()).map(([epoch, value]) => ({ labels: { epoch }, value })),
  );
  metrics.gauge('databaseConnections', () => pools.readings());
}

async function leave(parts: Parts): Promise<void> {
  const { agent, pump, edge, nest, status, link, metrics } = parts;
  await agent.leave();
  await Promise.all([pump?.stop(), edge?.retire()]);
  for (let waited = 0; waited < LAST_ROOTS_MS; waited += FIRST_LAYOUT_EVERY_MS) {
    if (Object.values(link.runtime.openRoots()).every((count) => count === 0)) break;
    await wait(FIRST_LAYOUT_EVERY_MS);
  }
  await nest.app.close();
  await agent.close();
  await status.close();
  await link.close();
  metrics.close();
}

/**
 * Brings a host up; resolves when it is ready (H1 of `boot-host.ts`).
 * @throws Error when it cannot be: an address is taken, a module does not load, Postgres refuses.
 */
export async function startHost<Config extends HostConfig>(
  options: HostOptions<Config>,
  config: Config,
  logger: Logger,
  events: HostEvents,
): Promise<RunningHost> {
  const startedAt = performance.now();
  const { kind, modules, contracts } = options;
  let agent: Agent | undefined;
  const metrics = createMetrics();
  const link = linkHost(options, config, logger, () => agent);
  const { runtime, store, identity } = link;
  const ready = (): boolean => agent?.status().health === 'ready';
  const shape = () => ({ epoch: runtime.current ?? 0, mode: runtime.mode ?? 'tight' });
  const edge = options.edge?.({ config, logger, metrics, coupling: runtime, shape, ready });
  const app = options.app(config);
  const root = HostModule.of({ coupling: runtime, registry: runtime, databases: settingsOf(config), app });
  const nest = await startNest(root, link.listener, edge, logger);
  const pools = new Pools(kind, config.ATLAS_POOL_BUDGET, databasesOf(modules, nest));
  const status = await startStatusServer(metrics, ready);
  readGauges(metrics, link, pools);
  const host = {
    ...{ instance: identity.instance, nonce: identity.nonce, kind, modules, rpc: nest.rpc },
    ...{ build: identity.build, contractHash: identity.contractHash, metricsUrl: status.url },
    memoryLimitMb: config.ATLAS_MEMORY_LIMIT_MB,
  };
  agent = createAgent({
    store,
    host,
    log: logger,
    runtime: followingRuntime(runtime, (held) => {
      pools.follow([...held.values()]);
      metrics.keepEpochs([...held.keys()]);
    }),
    ...events,
    onStandStill: (gapMs) => logger.warn({ gapMs }, 'the event loop stood still'),
  });
  logger.info({ rpc: nest.rpc, ms: Math.round(performance.now() - startedAt) }, 'loaded');
  await agent.start();
  const epoch = await firstLayout(link, kind);
  await pools.warm();
  const self = { ...host, health: 'ready' as const };
  const own = contracts.filter(({ module }) => modules.includes(module));
  const calls = await warmUp({
    connector: link.connector,
    self,
    epoch,
    contracts: own,
    audit: link.audit,
  });
  const edgeUrl = await edge?.listen();
  const pump = await startPump(options, config, link, metrics, logger);
  await agent.ready();
  logger.info({ epoch, calls, edgeUrl, ms: Math.round(performance.now() - startedAt) }, 'ready');
  const parts: Parts = { link, metrics, nest, status, agent, edge, pump };
  return { leave: () => leave(parts), hush: () => void edge?.retire() };
}
