import { setImmediate } from 'node:timers/promises';
import {
  createPostgresStore,
  LEASE_MS,
  RENEW_EVERY_MS,
  StoreUnavailableError,
  type Hint,
  type HostStore,
} from '../src/index.ts';
import {
  makeCouplingDatabase,
  startTcpProxy,
  type CouplingDatabase,
  type TcpProxy,
} from '../src/testing/index.ts';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  onTestFinished,
  vi,
} from 'vitest';
import { assertEventually, leaseOf } from './samples.ts';

/** C2. */
const FIRST_RETRY_MS = 100;

describe('the link to the store', () => {
  let database: CouplingDatabase;
  let proxy: TcpProxy;
  let store: HostStore;
  let link: boolean[];

  beforeAll(async () => {
    database = await makeCouplingDatabase(inject('postgresUrl'));
  });
  afterAll(() => database?.close());
  beforeEach(async () => {
    proxy = await startTcpProxy(database.hostUrl);
    link = [];
    store = createPostgresStore({
      url: proxy.url,
      role: 'host',
      applicationName: 'shop-0:n',
      onLink: (up) => link.push(up),
    });
    await store.readState();
  });
  afterEach(async () => {
    vi.useRealTimers();
    proxy.restore();
    await store.close();
    await proxy.close();
  });

  /** Resolves when the store hints, as it does after each reconnect, to what about. */
  const hinted = (): Promise<Hint> =>
    new Promise((resolve) => {
      const stop = store.watch((hint) => {
        stop();
        resolve(hint);
      });
    });

  async function sessions(): Promise<number> {
    const { rows } = await database.admin.query<{ count: string }>(
      `select count(*) from pg_stat_activity where application_name = 'shop-0:n' and datname = current_database()`,
    );
    return Number(rows[0]?.count);
  }

  it('is one session, whatever is called at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.acquireLock(`l${i}`, 'h', 1_000)));
    expect(await sessions()).toBe(1);
  });

  it('does not make one call wait for the answers of others', async () => {
    proxy.delay(500); // time for the server to do them all while the first answer is on its way
    const reads = Array.from({ length: 10 }, () => store.readState());
    const renewal = store.renewLease(leaseOf('shop-0'));
    await reads[0];
    const { rowCount } = await database.admin.query('select from coupling.leases');
    expect(rowCount).toBe(1);
    await Promise.all([...reads, renewal]);
  });

  it('closes though its server process stands still and hangs up on nobody (S8)', async () => {
    const own = createPostgresStore({
      url: database.hostUrl,
      role: 'host',
      applicationName: 'shop-0:frozen',
    });
    await own.readState();
    const { rows } = await database.admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'shop-0:frozen' and datname = current_database()`,
    );
    const pid = rows[0]?.pid ?? 0;
    expect(pid).toBeGreaterThan(0);
    process.kill(pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(pid, 'SIGCONT'));
    await own.close();
  });

  it('comes back after the server ended it, and hints, since notifications may have been missed', async () => {
    const back = hinted();
    await database.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'shop-0:n' and datname = current_database()`,
    );
    await back;
    expect(await store.readState()).toMatchObject({ committed: 0 });
    await assertEventually(async () => expect(await sessions()).toBe(1)); // the old one ends some moments later
    expect(link).toEqual([true, false, true]);
  });

  it('hears notifications again after a reconnect', async () => {
    const back = hinted();
    proxy.cut();
    proxy.restore();
    expect(await back).toBe('outage');
    const heard = hinted();
    await database.admin.query(`notify coupling`);
    expect(await heard).toBe('news');
  });

  it('rejects at once while it is cut, and works again when it is restored', async () => {
    proxy.cut();
    await assertEventually(async () => {
      const soon = setImmediate('still waiting');
      const refused = store.readState().catch((error: unknown) => error);
      expect(await Promise.race([refused, soon])).toBeInstanceOf(StoreUnavailableError);
    });
    const back = hinted();
    proxy.restore();
    await back;
    expect(await store.readState()).toMatchObject({ committed: 0 });
  });

  it('rejects the calls that were under way when it was cut', async () => {
    proxy.delay(200);
    const call = store.readState();
    proxy.cut();
    await expect(call).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('gives up a link that swallows everything, and has made a new one before a lease ends', async () => {
    await store.renewLease(leaseOf('shop-0'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    proxy.cut('silent');
    const givenUp: unknown[] = [];
    void store.renewLease(leaseOf('shop-0')).catch((error: unknown) => {
      givenUp.push(error);
      proxy.restore();
    });
    const back = hinted();
    await vi.advanceTimersByTimeAsync(LEASE_MS - RENEW_EVERY_MS - FIRST_RETRY_MS);
    expect(givenUp).toEqual([expect.any(StoreUnavailableError)]);
    while (link.at(-1)) await setImmediate(); // its socket ends
    await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS);
    await back;
    expect(await store.renewLease(leaseOf('shop-0'))).toMatchObject({ fenced: false });
  });

  it('keeps trying when there is nobody at first', async () => {
    proxy.cut();
    const early = createPostgresStore({ url: proxy.url, role: 'host', applicationName: 'early' });
    await expect(early.readState()).rejects.toBeInstanceOf(StoreUnavailableError);
    proxy.restore();
    await assertEventually(async () => {
      expect(await early.readState()).toMatchObject({ committed: 0 });
    });
    await early.close();
  });

  it('refuses calls after it was closed, and leaves no session behind', async () => {
    await store.close();
    await expect(store.readState()).rejects.toThrow('closed');
    await assertEventually(async () => expect(await sessions()).toBe(0));
  });

  it('turns a statement that takes too long into an outage, not a hang', async () => {
    await database.admin.query('begin');
    // Else the server would end this session, which is idle while the statement waits, after two seconds.
    await database.admin.query('set local idle_in_transaction_session_timeout = 0');
    await database.admin.query('lock table coupling.leases in access exclusive mode');
    await expect(store.renewLease(leaseOf('shop-0'))).rejects.toBeInstanceOf(StoreUnavailableError);
    await database.admin.query('rollback');
    expect(await store.renewLease(leaseOf('shop-0'))).toMatchObject({ fenced: false });
  });
});
