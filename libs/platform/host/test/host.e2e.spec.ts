import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresStore, migrateCoupling, type ControlStore, type LeaseRow } from '@atlas/control-store';
import {
  MODULE_REGISTRY,
  contractHash,
  defineContract,
  implement,
  operation,
  type ModuleRegistry,
} from '@atlas/coupling-runtime';
import { HOST_SETTINGS, databaseSettings, loadConfig } from '@atlas/platform-config';
import { DatabaseModule, databaseToken, migrateModule, type Database } from '@atlas/platform-database';
import { processStartTime } from '@atlas/platform-stack/process-identity';
import { createLogger, readAuditFile } from '@atlas/platform-telemetry';
import { Inject, Module } from '@nestjs/common';
import { Type } from '@sinclair/typebox';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startHost, type HostEvents } from '../src/start-host.ts';

const parcels = defineContract('parcel', {
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

let url: (role?: string) => string;
let control: ControlStore;
let folder: string;
const name = `host_${randomBytes(6).toString('hex')}`;
const role = `parcel_${randomBytes(4).toString('hex')}`;
const login = `host_${randomBytes(4).toString('hex')}`;

async function asAdmin(work: (client: pg.Client) => Promise<unknown>, database = name): Promise<void> {
  const at = new URL(inject('postgresUrl'));
  at.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: at.href });
  await client.connect();
  await work(client).finally(() => client.end());
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-'));
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
  control = createPostgresStore({ url: url(), role: 'control' });
});
afterAll(async () => {
  await control.close();
  await asAdmin((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`), 'postgres');
  await rm(folder, { recursive: true });
});

const configOf = (nonce: string) =>
  loadConfig(
    { ...HOST_SETTINGS, ...databaseSettings(['parcel']) },
    {
      ATLAS_HOME: folder,
      ATLAS_INSTANCE: 'parcel-0',
      ATLAS_NONCE: nonce,
      ATLAS_BUILD: 'test',
      ATLAS_STORE_URL: url(login),
      ATLAS_RPC_TOKEN: 'a token of sixteen',
      ATLAS_DB_URL_PARCEL: url(role),
      ATLAS_AUDIT_DIR: folder,
    },
  );

type Asks = Parameters<NonNullable<HostEvents['onFollowing']>>[0];

let leading: number | undefined;
/** The token of the one leader of this file. */
const lead = async (): Promise<number> =>
  (leading ??= (await control.acquireLeadership('test', 600_000))?.token ?? 0);

/** Says hello to a listener as this peer; `over` when the listener hangs up. */
function greet(rpc: string, nonce: string) {
  const [host, port] = rpc.split(':');
  const socket = connect(Number(port), host);
  const contract = contractHash([parcels]);
  const hello = {
    instance: 'cart-0',
    nonce,
    build: 'test',
    contractHash: contract,
    token: 'a token of sixteen',
  };
  socket.write(`${JSON.stringify({ t: 'hello', probe: false, now: Date.now(), ...hello })}\n`);
  const answer = once(socket, 'data').then(
    ([data]) => JSON.parse(String(data).split('\n')[0] ?? '') as object,
  );
  return { answer, over: once(socket, 'close'), hangUp: () => socket.destroy() };
}

/** Database roles of the open sessions under an application name. */
async function sessionsOf(application: string): Promise<string[]> {
  let roles: string[] = [];
  await asAdmin(async (client) => {
    const text = 'SELECT usename FROM pg_stat_activity WHERE application_name = $1';
    roles = (await client.query<{ usename: string }>(text, [application])).rows.map(({ usename }) => usename);
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
    {
      kind: 'service',
      modules: ['parcel'],
      contracts: [parcels],
      loadConfig: () => configOf(nonce),
      app: () => ({ module: AppModule, imports: [ParcelModule] }),
    },
    configOf(nonce),
    logger,
    events,
  );
  return { host, logged, events, asks: () => agent };
}

const leaseOf = async (nonce: string): Promise<LeaseRow | undefined> =>
  (await control.readState()).leases.find((lease) => lease.nonce === nonce && lease.live);

describe('a host', () => {
  it('acks what is being prepared, warms up by real calls, gets ready, and leaves without a trace', async () => {
    const nonce = randomBytes(8).toString('hex');
    const { host, events } = start(nonce);
    await vi.waitFor(async () => expect((await leaseOf(nonce))?.health).toBe('starting'), 10_000);
    const token = await lead();
    const prepared = await control.propose(token, 0, {
      placements: { parcel: 'service' },
      instances: { bundle: 1, parcel: 1 },
      canary: {},
      configVersion: 1,
    });
    const running = await host;
    await vi.waitFor(async () => {
      const lease = await leaseOf(nonce);
      expect(lease).toMatchObject({
        health: 'ready',
        acked: [prepared?.epoch],
        kind: 'service',
        modules: ['parcel'],
        pid: process.pid,
        pidStartedAt: await processStartTime(process.pid),
      });
    });
    expect(await control.commit(token, 0, prepared?.epoch ?? 0)).toEqual({
      outcome: 'committed',
    });

    const lease = await leaseOf(nonce);
    const metrics = await (await fetch(`${lease?.metricsUrl}/metrics`)).text();
    expect(metrics).toMatch(/atlas_database_connections\{module="parcel",state="total"\} [1-9]/);
    expect((await fetch(`${lease?.metricsUrl}/readyz`)).status).toBe(200);
    expect((await fetch(`${lease?.metricsUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`${lease?.metricsUrl}/nothing`)).status).toBe(404);

    await running.leave();
    expect(await leaseOf(nonce)).toBeUndefined();
    await expect(fetch(`${lease?.metricsUrl}/healthz`)).rejects.toThrow();
    expect(events.onFenced).not.toHaveBeenCalled();

    const { header, records, torn, ended } = await readAuditFile(join(folder, `parcel-0-${nonce}.audit`));
    expect([header.kind, header.modules, torn, ended]).toEqual(['service', ['parcel'], false, true]);
    expect(records[0]).toMatchObject({ type: 'admit', label: 'warm-up' });
    const [serves, calls] = ['serve', 'call'].map((type) => records.filter((record) => record.type === type));
    expect(serves?.length).toBeGreaterThan(0);
    expect(calls?.length).toBe(serves?.length);
    expect(new Set(calls?.map((record) => (record.type === 'call' ? record.outcome : '')))).toEqual(
      new Set(['ok']),
    );
  });

  it('refuses a fenced peer at its listener, hangs up on one that it knew, and is cut off when it is fenced', async () => {
    const nonce = randomBytes(8).toString('hex');
    const { host, events } = start(nonce);
    const running = await host;
    const rpc = (await leaseOf(nonce))?.rpc ?? '';
    const known = greet(rpc, 'known');
    expect(await known.answer).toMatchObject({ t: 'welcome' });
    await control.fence(await lead(), 'cart-0', 'known');
    await known.over;
    expect(await greet(rpc, 'known').answer).toEqual({ t: 'refused', reason: 'nonce_refused' });
    const successor = greet(rpc, 'successor');
    expect(await successor.answer).toMatchObject({ t: 'welcome' });
    successor.hangUp();

    expect(await sessionsOf(`parcel-0:${nonce}`)).toContain(role);
    await control.fence(await lead(), 'parcel-0', nonce);
    // Postgres ends a session some moments after it was told to.
    await vi.waitFor(async () => expect(await sessionsOf(`parcel-0:${nonce}`)).not.toContain(role), 10_000);
    await vi.waitFor(() => expect(events.onFenced).toHaveBeenCalledOnce(), 10_000);
    await running.leave();
  });

  it('asks the store whether a signal to end is an order, where somebody keeps books of it', async () => {
    const nonce = randomBytes(8).toString('hex');
    const record = { instance: 'parcel-0', nonce, app: 'parcel', pid: 1, pidStartedAt: 's', createdAt: 1 };
    await control.recordHost(await lead(), { ...record, purpose: 'serving' }, 1);
    const { host, logged, events, asks } = start(nonce);
    const running = await host;
    asks()?.askToStop();
    await vi.waitFor(() => expect(logged.join('')).toContain('nobody who leads has ordered it'), 10_000);
    expect(events.onStopOrder).not.toHaveBeenCalled();
    const token = await lead();
    const other = { ...record, instance: 'parcel-1', nonce: 'other' };
    await control.recordHost(token, { ...other, purpose: 'serving' }, 1);
    await control.recordHost(token, { ...record, purpose: 'serving', stopOrder: token }, 2);
    asks()?.askToStop();
    await vi.waitFor(() => expect(events.onStopOrder).toHaveBeenCalledOnce(), 10_000);
    await running.leave();
    for (const gone of [nonce, 'other'])
      await control.forgetHost(token, gone === nonce ? 'parcel-0' : 'parcel-1', gone);
  });

  it('leaves in order, and never gets ready, when it is told to go between its first accept and its last step', async () => {
    const nonce = randomBytes(8).toString('hex');
    let left: Promise<void> | undefined;
    const { host, logged } = start(nonce, (running) => {
      left = running.leave();
    });
    await host;
    expect(left).toBeDefined();
    await left;
    expect(await leaseOf(nonce)).toBeUndefined();
    expect(logged.join('')).not.toContain('"ready"');
  });

  it.each(['before', 'during'] as const)(
    'that starts %s the switch that needs it has served warm-up calls under its epoch',
    async (when) => {
      const token = await lead();
      const layout = { canary: {}, configVersion: 1, instances: { bundle: 1 } };
      const propose = async (parcel: 'bundle' | 'service'): Promise<{ from: number; to: number }> => {
        const from = (await control.readState()).committed;
        const placed = { ...layout, placements: { parcel } };
        return { from, to: (await control.propose(token, from, placed))?.epoch ?? 0 };
      };
      const commit = ({ from, to }: { from: number; to: number }) => control.commit(token, from, to);
      expect(await commit(await propose('bundle'))).toEqual({ outcome: 'committed' });

      const nonce = randomBytes(8).toString('hex');
      const early = when === 'before' ? await start(nonce).host : undefined;
      const needed = await propose('service');
      const running = early ?? (await start(nonce).host);
      await vi.waitFor(async () => expect((await leaseOf(nonce))?.acked).toContain(needed.to), 10_000);
      expect(await commit(needed)).toEqual({ outcome: 'committed' });
      await running.leave();

      const { records } = await readAuditFile(join(folder, `parcel-0-${nonce}.audit`));
      const served = records.flatMap((record) => (record.type === 'serve' ? [record.epoch] : []));
      expect(served.length).toBeGreaterThan(0);
      expect(new Set(served)).toEqual(new Set([needed.to]));
    },
  );

  it('does not start without its database', async () => {
    const config = { ...configOf(randomBytes(8).toString('hex')), ATLAS_DB_URL_PARCEL: undefined };
    const logger = createLogger({ instance: 'parcel-0', level: 'silent' });
    const failing = startHost(
      {
        kind: 'service',
        modules: ['parcel'],
        contracts: [parcels],
        loadConfig: () => config,
        app: () => ({ module: AppModule, imports: [ParcelModule] }),
      },
      config,
      logger,
      { onFenced: () => {}, onOrphaned: () => {}, onStopOrder: () => {} },
    );
    await expect(failing).rejects.toThrow('ATLAS_DB_URL_PARCEL is missing: this host loads module "parcel"');
  });
});
