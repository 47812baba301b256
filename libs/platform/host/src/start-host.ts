import { setTimeout as wait } from 'node:timers/promises';
import { createAgent, type Agent, type AgentHost } from '@atlas/control-agent';
import type { HostConfig } from '@atlas/platform-config';
import { createDatabase } from '@atlas/platform-database';
import { postgresEventReader } from '@atlas/platform-event-log';
import { processStartTime } from '@atlas/platform-stack/process-identity';
import type { Logger } from '@atlas/platform-telemetry';
import { followingRuntime } from './following-runtime.ts';
import { applicationName } from './host-link.ts';
import type { HostOptions } from './host-options.ts';
import { LateAgent, loadHost, type LoadedHost } from './load-host.ts';
import type { Pools } from './pools.ts';
import { openLog, type OpeningLog } from './pump/open-log.ts';
import { Pump } from './pump/pump.ts';
import { SmokeCalls } from './smoke.ts';
import { Warmth } from './warmth.ts';

export interface RunningHost {
  /** H2 of `boot-host.ts`. */
  leave(): Promise<void>;
  /** Accepts nothing any more; what is in flight may end while the process still lives. */
  hush(): void;
}

export interface HostEvents {
  readonly onFenced: () => void;
  readonly onOrphaned: () => void;
  /** It was asked to stop by whoever may order it. */
  readonly onStopOrder: () => void;
  /** It follows the store: from now on a signal to end is a question to its agent. */
  readonly onFollowing?: (agent: Pick<Agent, 'askToStop'>) => void;
  /** It may accept from now on, though it is not ready yet: whoever ends it must let it leave. */
  readonly onAccepting?: (host: RunningHost) => void;
}

/** The pump's own connections, beside the business budget. */
const PUMP_CONNECTIONS = 2;
const LOOK_EVERY_MS = 20;
/** Roots whose clients have gone are waited for this long: their deadline and a bit. */
const LAST_ROOTS_MS = 12_000;

/** What the host's lease says of it. */
async function leaseOf(
  options: Pick<HostOptions<HostConfig>, 'kind' | 'modules'>,
  config: HostConfig,
  { link, nest, status }: LoadedHost,
): Promise<AgentHost> {
  return {
    ...link.identity,
    kind: options.kind,
    modules: options.modules,
    rpc: nest.rpc,
    metricsUrl: status.url,
    pidStartedAt: await processStartTime(process.pid).catch(() => undefined),
    memoryLimitMb: config.ATLAS_MEMORY_LIMIT_MB,
  };
}

function agentOf(
  host: AgentHost,
  { link, metrics, nest, pools, layouts, warmth }: LoadedHost & { readonly warmth: Warmth },
  logger: Logger,
  events: HostEvents,
): Agent {
  const runtime = followingRuntime(
    link.runtime,
    { layouts, pools },
    () => metrics.keepEpochs(layouts.epochs()),
    (epoch) => logger.info({ epoch }, 'epoch in force'),
    warmth,
  );
  return createAgent({
    store: link.store,
    host,
    log: logger,
    runtime,
    ...events,
    onRefused: () => nest.cutRefused(),
    onStandStill: (gapMs) => logger.warn({ gapMs }, 'the event loop stood still'),
  });
}

/** A bundle's own work: its pump, and smoke calls during trials; with what stops them. */
async function startPump<Config extends HostConfig>(
  options: HostOptions<Config>,
  config: Config,
  { link, metrics }: LoadedHost,
  opening: OpeningLog,
): Promise<{ stop(): Promise<void> } | undefined> {
  const url = options.eventLogUrl?.(config);
  if (url === undefined) return undefined;
  const holder = applicationName(config);
  const { log } = opening;
  const open = () =>
    createDatabase({
      url,
      applicationName: holder,
      schema: 'event_log',
      entities: [],
      poolSize: PUMP_CONNECTIONS,
    });
  const database = await openLog(open, opening);
  if (database === undefined) return undefined;
  const { store, runtime: coupling } = link;
  const reader = postgresEventReader(database);
  const { contracts } = options;
  const pump = new Pump({ contracts, coupling, store, reader, holder, metrics, log });
  pump.start();
  const smoke = new SmokeCalls({ contracts, coupling, trials: coupling });
  return {
    stop: async () => {
      smoke.stop();
      await pump.stop();
      await database.close();
    },
  };
}

/** Ends a host whose edge and pump have stopped; roots whose clients have gone may finish first, but none may begin. */
async function takeDown({ link, nest, status, metrics }: LoadedHost, agent: Agent): Promise<void> {
  link.runtime.stopAdmitting();
  for (let waited = 0; waited < LAST_ROOTS_MS; waited += LOOK_EVERY_MS) {
    if (Object.values(link.runtime.openRoots()).every((count) => count === 0)) break;
    await wait(LOOK_EVERY_MS);
  }
  await nest.app.close();
  await agent.close();
  await status.close();
  await link.close();
  metrics.close();
}

/** Its pools take their share before the edge accepts. Postgres may be away: then connections are opened when needed. */
async function leaveReserve(pools: Pools): Promise<void> {
  pools.reserve(false);
  await pools.warm().catch(() => undefined);
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
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  const late = new LateAgent();
  const loaded = await loadHost(options, config, logger, late);
  const { edge, pools } = loaded;
  const host = await leaseOf(options, config, loaded);
  const { contracts } = options;
  const warmth = new Warmth({ host, link: loaded.link, pools, contracts });
  const agent = (late.agent = agentOf(host, { ...loaded, warmth }, logger, events));
  logger.info({ rpc: host.rpc, ms: elapsed() }, 'loaded');
  events.onFollowing?.(agent);
  await agent.start();
  const { inReserve } = agent.status();
  pools.reserve(inReserve);
  const calls = await warmth.atStart();
  let pumping: ReturnType<typeof startPump> = Promise.resolve(undefined);
  let leaving = false;
  const running: RunningHost = {
    leave: async () => {
      leaving = true;
      await agent.leave();
      const stopped = pumping.then((pump) => pump?.stop()).catch(() => undefined);
      await Promise.all([stopped, edge?.retire()]);
      await takeDown(loaded, agent);
    },
    hush: () => void edge?.retire(),
  };
  events.onAccepting?.(running);
  logger.info({ calls, ms: elapsed() }, 'warm');
  await agent.opened();
  if (leaving) return running;
  if (inReserve) await leaveReserve(pools);
  const edgeUrl = await edge?.listen();
  pumping = startPump(options, config, loaded, { leaving: () => leaving, log: logger });
  await pumping;
  if (leaving) return running;
  await agent.ready();
  logger.info({ edgeUrl, ms: elapsed() }, 'ready');
  return running;
}
