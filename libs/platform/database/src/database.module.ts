import { Module, type DynamicModule } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { BoundedPool } from './bounded-pool.ts';
import type { Database } from './database.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { poolOf, sourceOptions, type DatabaseOptions, type Entity } from './postgres-source.ts';

/** Where one module's data is, as the host's configuration says. */
export type DatabaseSettings = Pick<DatabaseOptions, 'url' | 'applicationName' | 'poolSize'>;

/** Injects the settings of a host's databases: `(module: string) => DatabaseSettings`. */
export const DATABASE_SETTINGS = Symbol.for('atlas.database-settings');

/** Injects a module's `Database`. Its TypeORM repositories: `@InjectRepository(Entity, module)`. */
export const databaseToken = (module: string): symbol => Symbol.for(`atlas.database.${module}`);

const poolToken = (module: string): symbol => Symbol.for(`atlas.database.${module}.pool`);

/** How often, and how far apart, a starting host tries to reach Postgres: half a minute in all. */
const CONNECT_ATTEMPTS = 60;
const CONNECT_EVERY_MS = 500;

type Settings = (module: string) => DatabaseSettings;

/** The pool, in a module of its own because TypeORM's data source is made from it. */
@Module({})
class PoolModule {
  static of(module: string): DynamicModule {
    const provider = {
      provide: poolToken(module),
      inject: [DATABASE_SETTINGS],
      useFactory: (settings: Settings): BoundedPool => poolOf({ ...settings(module), schema: module }),
    };
    return { module: PoolModule, providers: [provider], exports: [provider] };
  }
}

/**
 * Databases as Nest knows them: `forHost` once per process, `forModule` in each business module. The data source is
 * a named one of `@nestjs/typeorm`, so entities, repositories and shutdown work as its users expect.
 */
@Module({})
export class DatabaseModule {
  /** Global. `settings` may throw when a module is loaded whose database the host does not know. */
  static forHost(settings: Settings): DynamicModule {
    const provider = { provide: DATABASE_SETTINGS, useValue: settings };
    return { module: DatabaseModule, global: true, providers: [provider], exports: [provider] };
  }

  /** Provides `databaseToken(module)` and the repositories of its entities; waits up to 30 s for Postgres. */
  static forModule(module: string, entities: readonly Entity[]): DynamicModule {
    const pool = PoolModule.of(module);
    const source = TypeOrmModule.forRootAsync({
      name: module,
      imports: [pool],
      inject: [poolToken(module), DATABASE_SETTINGS],
      useFactory: (shared: BoundedPool, settings: Settings) => ({
        ...sourceOptions(shared, { url: settings(module).url, schema: module, entities }),
        retryAttempts: CONNECT_ATTEMPTS,
        retryDelay: CONNECT_EVERY_MS,
      }),
    });
    const repositories = TypeOrmModule.forFeature([...entities], module);
    const database = {
      provide: databaseToken(module),
      inject: [getDataSourceToken(module), poolToken(module)],
      useFactory: (connected: DataSource, shared: BoundedPool): Database =>
        new PostgresDatabase(connected, shared),
    };
    return {
      module: DatabaseModule,
      imports: [pool, source, repositories],
      providers: [database],
      exports: [database, repositories],
    };
  }
}
