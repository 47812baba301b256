import { createPostgresStore, migrateCoupling, type ControlStore } from '../src/index.ts';
import { makeCouplingDatabase, type CouplingDatabase } from '../src/testing/index.ts';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { leaseOf, tight } from './samples.ts';

describe('rights in the schema coupling', () => {
  let database: CouplingDatabase;
  let control: ControlStore;
  let token = 0;
  const open: Client[] = [];

  beforeAll(async () => {
    database = await makeCouplingDatabase(inject('postgresUrl'));
    control = createPostgresStore({ url: database.switcherUrl, role: 'control' });
    token = (await control.acquireLeadership('switcher', 600_000))?.token ?? 0;
    await control.propose(token, 0, tight);
    await control.appendAudit(token, { first: true });
  });
  afterAll(async () => {
    await Promise.all(open.map((client) => client.end()));
    await control?.close();
    await database?.close();
  });

  async function connect(url: string, applicationName = 'test'): Promise<Client> {
    const client = new Client({ connectionString: url, application_name: applicationName });
    client.on('error', () => undefined);
    await client.connect();
    open.push(client);
    return client;
  }

  it.each([
    "insert into coupling.layouts (epoch, layout) values (9, '{}')",
    'update coupling.control set committed = 9',
    'update coupling.leases set renewed_at = now()',
    'delete from coupling.leases',
    "insert into coupling.exits (instance, nonce, cause) values ('a', 'b', 'exit')",
    'select * from coupling.audit_log',
    'select * from coupling.switches',
    'select * from coupling.autonomy',
    `select coupling.save_autonomy(1, 1, '{}')`,
    'select * from coupling.tallies',
    'select coupling.end_trial(1, 1)',
    'select * from coupling.dead_letters',
    `select coupling.propose(1, 0, '{}')`,
    `select coupling.commit_epoch(1, 0, 1, 3000, null)`,
    `select coupling.fence(1, 'cart-0', 'n')`,
    `select coupling.append_audit(1, '{}')`,
    `select coupling.acquire_leadership('me', 1000, null)`,
    `select coupling.lead(1)`,
    `select coupling.sweep_leases()`,
    'create table coupling.mine (id integer)',
  ])('refuses a host: %s', async (sql) => {
    const host = await connect(database.hostUrl);
    await expect(host.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    "update coupling.audit_log set body = '{}'",
    'delete from coupling.audit_log',
    'truncate coupling.audit_log',
    "update coupling.layouts set layout = '{}'",
    'delete from coupling.layouts',
    'truncate coupling.layouts',
  ])('refuses switcher and owner alike: %s', async (sql) => {
    const switcher = await connect(database.switcherUrl);
    await expect(switcher.query(sql)).rejects.toMatchObject({ code: '42501' });
    await expect(database.admin.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('refuses the switcher direct writes, past the check of its token', async () => {
    const switcher = await connect(database.switcherUrl);
    await expect(switcher.query('update coupling.control set committed = 9')).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('lets both roles use the connections that business pools cannot take', async () => {
    const { rows } = await database.admin.query<{ role: string }>(
      `select m.rolname as role from pg_auth_members a join pg_roles g on g.oid = a.roleid
       join pg_roles m on m.oid = a.member where g.rolname = 'pg_use_reserved_connections'`,
    );
    const members = rows.map((row) => row.role);
    expect(members).toContain(new URL(database.hostUrl).username);
    expect(members).toContain(new URL(database.switcherUrl).username);
  });

  it('can be migrated again, by two at once, without losing anything', async () => {
    const roles = {
      host: new URL(database.hostUrl).username,
      switcher: new URL(database.switcherUrl).username,
    };
    const { host, port, database: name, user, password } = database.admin;
    const second = new Client({ host, port, database: name, user, password });
    await second.connect();
    open.push(second);
    await Promise.all([migrateCoupling(database.admin, roles), migrateCoupling(second, roles)]);
    expect((await control.readState()).prepared).toBe(1);
  });

  it('fencing ends exactly the sessions of that process, and refuses its nonce', async () => {
    const [fenced, sibling] = await Promise.all([
      connect(database.hostUrl, 'cart-0:aaaa'),
      connect(database.hostUrl, 'cart-0:bbbb'),
    ]);
    const ended = new Promise<void>((resolve) => fenced.once('end', () => resolve()));
    await control.fence(token, 'cart-0', 'aaaa');
    await ended;
    expect((await sibling.query('select 1')).rowCount).toBe(1);
  });

  it('a fenced host learns of it through its own store, after the reconnect', async () => {
    const host = createPostgresStore({
      url: database.hostUrl,
      role: 'host',
      applicationName: 'shop-9:shop-9-nonce',
    });
    await host.renewLease(leaseOf('shop-9'));
    const back = new Promise<void>((resolve) => {
      const stop = host.watch(() => {
        host.readState().then(
          ({ leases }) => {
            if (leases.some((lease) => lease.instance === 'shop-9')) return;
            stop();
            resolve();
          },
          () => undefined,
        );
      });
    });
    await control.fence(token, 'shop-9', 'shop-9-nonce');
    await back;
    expect(await host.renewLease(leaseOf('shop-9'))).toMatchObject({ fenced: true });
    await host.close();
  });
});
