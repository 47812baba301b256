import type { Contract, Coupling } from '@atlas/coupling-runtime';
import type { HostConfig } from '@atlas/platform-config';
import type { Logger, Metrics } from '@atlas/platform-telemetry';
import type { DynamicModule } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** What a host offers its edge. */
export interface HostContext<Config extends HostConfig> {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly coupling: Coupling;
  /** Epoch and mode of new roots; epoch 0 before the first layout. */
  shape(): { readonly epoch: number; readonly mode: string };
  /** Bundles of the layout in force. */
  bundles(): number;
  ready(): boolean;
}

/** The edge of a bundle, as the host drives it. */
export interface HostEdge {
  /** Nest serves HTTP with it. */
  readonly adapter: AbstractHttpAdapter;
  /** Mounts its routes; modules are loaded, nothing listens yet. */
  mount(): Promise<void>;
  /** Starts accepting; resolves with its URL. */
  listen(): Promise<string>;
  /** Stops accepting; resolves when everything accepted has been answered and every client has gone. */
  retire(): Promise<void>;
}

export interface HostOptions<Config extends HostConfig> {
  /** `bundle`: every module, edge and pump. `service`: what `modules` says. */
  readonly kind: 'bundle' | 'service';
  /** All contracts of the shop: their hash must be equal in every host. */
  readonly contracts: readonly Contract[];
  /** Modules that this host loads. */
  readonly modules: readonly string[];
  /** @throws ConfigError */
  readonly loadConfig: (env: NodeJS.ProcessEnv) => Config;
  /** The app's Nest module with its business modules. */
  readonly app: (config: Config) => DynamicModule;
  /** Bundles: their edge. */
  readonly edge?: (context: HostContext<Config>) => HostEdge;
  /** Where its log goes; standard output by default. */
  readonly logFile?: string;
  /** Bundles: where the pump reads events. */
  readonly eventLogUrl?: (config: Config) => string;
}
