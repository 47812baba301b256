import { CouplingServer, type CouplingServerOptions } from '@atlas/coupling-transport/nest';
import type { DynamicModule, INestApplication, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Logger } from '@atlas/platform-telemetry';
import type { HostEdge } from './host-options.ts';
import { nestLogger } from './nest-logger.ts';

export interface NestApp {
  readonly app: INestApplication | INestMicroservice;
  /** `host:port` of the RPC listener. */
  readonly rpc: string;
  /** More nonces are refused: the RPC listener hangs up on their processes. */
  cutRefused(): void;
}

/** Loads the modules and starts the RPC listener; with an edge also mounts it, not listening yet. */
export async function startNest(
  root: DynamicModule,
  listener: CouplingServerOptions,
  edge: HostEdge | undefined,
  log: Logger,
): Promise<NestApp> {
  const common = { logger: nestLogger(log), abortOnError: false } as const;
  const listening = Promise.withResolvers<string>();
  const strategy = new CouplingServer({ ...listener, onListening: listening.resolve });
  const cutRefused = (): void => strategy.cutRefused();
  if (edge === undefined) {
    const app = await NestFactory.createMicroservice(root, { ...common, strategy });
    await app.listen();
    return { app, rpc: await listening.promise, cutRefused };
  }
  const app = await NestFactory.create(root, edge.adapter, { ...common, bodyParser: false });
  app.connectMicroservice({ strategy });
  await edge.mount();
  await app.init();
  await app.startAllMicroservices();
  return { app, rpc: await listening.promise, cutRefused };
}
