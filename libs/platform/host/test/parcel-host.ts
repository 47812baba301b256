/** A store, a database, and hosts of one small module, `parcel`. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresStore, migrateCoupling, type ControlStore, type LeaseRow } from '@atlas/control-store';
import {
  MODULE_REGISTRY,
  defineContract,
  implement,
  operation,
  type ModuleRegistry,
} from '@atlas/coupling-runtime';
import { HOST_SETTINGS, databaseSettings, loadConfig, type HostConfig } from '@atlas/platform-config';
import { DatabaseModule, databaseToken, migrateModule, type Database } from '@atlas/platform-database';
import { createLogger } from '@atlas/platform-telemetry';
import { Inject, Module } from '@nestjs/common';
import { Type } from '@sinclair/typebox';
import pg from 'pg';
import { afterAll, beforeAll, inject, vi } from 'vitest';
import type { HostOptions } from '../src/host-options.ts';
import { startHost, type HostEvents } from '../src/start-host.ts';

export const parcels = defineContract('parcel', {
  where: operation({
    kind: 'read',
    input: Type.Object({ id: Type.String() }),
    output: Type.Object({ place: Type.String() }),
    errors: [],
    deadlineMs: 1_000,
  }),
});

@Module({ imports: [DatabaseModule.forModule('parcel', [])] })
class ParcelModule {
  constructor(
    @Inject(databaseToken('parcel')) database: Database,
    @Inject(MODULE_REGISTRY) registry: ModuleRegistry,
  ) {
    registry.register(
      implement(parcels, {
        async where({ id }, call) {
          const text = `SELECT current_user || ' ' || current_setting('application_name') || ' ' || $1 AS place`;
          const [row] = await database.query<{ place: string }>(call, { name: 'where', text }, [id]);
          return row ?? { place: 'nowhere' };
        },
      }),
    );
  }
}
class AppModule {}

/** A service that serves it. */
export const parcelService = <Config extends HostConfig>(config: () => Config): HostOptions<Config> => ({
  kind: 'service',
  modules: ['parcel'],
  contracts: [parcels],
  loadConfig: config,
  app: () => ({ module: AppModule, imports: [ParcelModule] }),
});

type Asks = Parameters<NonNullable<HostEvents['onFollowing']>>[0];

/** The tests of a file share one store, and whoever leads it. */
export function sharedStore() {
  const at = {} as { control: ControlStore; folder: string };
  let url: (role?: string) => string;
  const name = `host_${randomBytes(6).toString('hex')}`;
  const role = `parcel_${randomBytes(4).toString('hex')}`;
  const login = `host_${randomBytes(4).toString('hex')}`;

  async function asAdmin(work: (client: pg.Client) => Promise<unknown>, database = name): Promise<void> {
    const address = new URL(inject('postgresUrl'));
    address.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: address.href });
    await client.connect();
    await work(client).finally(() => client.end());
  }

  beforeAll(async () => {
    at.folder = await mkdtemp(join(tmpdir(), 'host-'));
    await asAdmin((client) => client.query(`CREATE DATABASE ${name}`), 'postgres');
    url = (as) => {
      const made = new URL(inject('postgresUrl'));
      made.pathname = `/${name}`;
      if (as !== undefined) [made.username, made.password] = [as, 'secret'];
      return made.href;
    };
    await migrateModule({
      adminUrl: url(),
      module: 'parcel',
      entities: [],
      migrations: [],
      role,
      password: 'secret',
    });
    await asAdmin(async (client) => {
      await migrateCoupling(client, { host: login });
      await client.query(`ALTER ROLE ${login} PASSWORD 'secret'`);
    });
    at.control = createPostgresStore({ url: url(), role: 'control' });
  });
  afterAll(async () => {
    await at.control.close();
    await asAdmin((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`), 'postgres');
    await rm(at.folder, { recursive: true });
  });

  const configOf = (nonce: string) =>
    loadConfig(
      { ...HOST_SETTINGS, ...databaseSettings(['parcel']) },
      {
        ATLAS_HOME: at.folder,
        ATLAS_INSTANCE: 'parcel-0',
        ATLAS_NONCE: nonce,
        ATLAS_BUILD: 'test',
        ATLAS_STORE_URL: url(login),
        ATLAS_RPC_TOKEN: 'a token of sixteen',
        ATLAS_DB_URL_PARCEL: url(role),
        ATLAS_AUDIT_DIR: at.folder,
      },
    );

  let leading: number | undefined;
  /** The token of the one leader of this file. */
  const lead = async (): Promise<number> =>
    (leading ??= (await at.control.acquireLeadership('test', 600_000))?.token ?? 0);

  /** Database roles of the open sessions under an application name. */
  async function sessionsOf(application: string): Promise<string[]> {
    let roles: string[] = [];
    await asAdmin(async (client) => {
      const text = 'SELECT usename FROM pg_stat_activity WHERE application_name = $1';
      roles = (await client.query<{ usename: string }>(text, [application])).rows.map(
        ({ usename }) => usename,
      );
    });
    return roles;
  }

  function start(nonce: string, onAccepting?: HostEvents['onAccepting']) {
    const logged: string[] = [];
    const logger = createLogger({
      instance: 'parcel-0',
      level: 'info',
      destination: { write: (line) => void logged.push(line) },
    });
    let agent: Asks | undefined;
    const events = {
      onFenced: vi.fn(),
      onOrphaned: vi.fn(),
      onStopOrder: vi.fn(),
      onFollowing: (following: Asks) => void (agent = following),
      ...(onAccepting && { onAccepting }),
    };
    const host = startHost(
      parcelService(() => configOf(nonce)),
      configOf(nonce),
      logger,
      events,
    );
    return { host, logged, events, asks: () => agent };
  }

  const leaseOf = async (nonce: string): Promise<LeaseRow | undefined> =>
    (await at.control.readState()).leases.find((lease) => lease.nonce === nonce && lease.live);

  return { at, role, configOf, lead, sessionsOf, start, leaseOf };
}
