import { createPostgresStore, type ControlStore, type HostStore } from '../src/index.ts';
import { withoutHints, type CouplingDatabase } from '../src/testing/index.ts';
import type { Client } from 'pg';
import type { Harness } from './store.conformance.ts';

/** How the stores reach the database, and whether they hear its notifications. */
export interface Link {
  readonly hints: boolean;
  readonly hostUrl: string;
  readonly switcherUrl: string;
  close(): Promise<void>;
}

export async function openPostgres(database: CouplingDatabase, link: Link): Promise<Harness> {
  const stores: HostStore[] = [];
  const kept = <S extends HostStore>(store: S): S => {
    stores.push(store);
    return link.hints ? store : withoutHints(store);
  };
  const closeStores = async (): Promise<void> => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  };
  return {
    control: (): ControlStore =>
      kept(createPostgresStore({ url: link.switcherUrl, role: 'control', applicationName: 'switcher' })),
    host: (instance, nonce) =>
      kept(createPostgresStore({ url: link.hostUrl, role: 'host', applicationName: `${instance}:${nonce}` })),
    lapse: async () => {
      await database.admin.query(`update coupling.leases set renewed_at = renewed_at - interval '1 hour'`);
    },
    setBack: async (ms) => {
      const ahead = `interval '${ms} ms'`;
      await database.admin.query(`
        update coupling.leases set renewed_at = renewed_at + ${ahead};
        update coupling.locks set expires_at = expires_at + ${ahead};
        update coupling.control set leader_expires = leader_expires + ${ahead}`);
    },
    reset: async () => {
      await closeStores();
      await emptyTables(database.admin);
    },
    close: async () => {
      await closeStores();
      await link.close();
      await database.close();
    },
  };
}

/** Only a superuser who switches the triggers off can do this. */
async function emptyTables(admin: Client): Promise<void> {
  await admin.query(`
    begin;
    set local session_replication_role = replica;
    delete from coupling.layouts; delete from coupling.audit_log; delete from coupling.leases;
    delete from coupling.exits; delete from coupling.refused_nonces; delete from coupling.hosts;
    delete from coupling.switches; delete from coupling.autonomy; delete from coupling.locks; delete from coupling.dead_letters;
    update coupling.control set last_epoch = 0, committed = 0, prepared = null, live = '{}', leader_holder = null,
      leader_token = 0, leader_expires = null;
    update coupling.audit_head set seq = 0, hash = repeat('0', 64);
    commit`);
}
