import { COUPLING, MODULE_REGISTRY, type Coupling, type ModuleRegistry } from '@atlas/coupling-runtime';
import { DatabaseModule, type DatabaseSettings } from '@atlas/platform-database';
import { EVENT_WRITER, postgresEventWriter } from '@atlas/platform-event-log';
import { Module, type DynamicModule } from '@nestjs/common';

export interface HostModuleOptions {
  readonly coupling: Coupling;
  readonly registry: ModuleRegistry;
  readonly databases: (module: string) => DatabaseSettings;
  /** The app's own module, which imports the business modules. */
  readonly app: DynamicModule;
}

/** What every business module may inject, whatever host it is loaded in (E7). */
@Module({})
export class HostModule {
  static of({ coupling, registry, databases, app }: HostModuleOptions): DynamicModule {
    const providers = [
      { provide: COUPLING, useValue: coupling },
      { provide: MODULE_REGISTRY, useValue: registry },
      { provide: EVENT_WRITER, useValue: postgresEventWriter },
    ];
    return {
      module: HostModule,
      global: true,
      imports: [DatabaseModule.forHost(databases), app],
      providers,
      exports: providers,
    };
  }
}
