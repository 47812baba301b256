import { makeCouplingDatabase, startTcpProxy } from '../src/testing/index.ts';
import { inject } from 'vitest';
import { openPostgres } from './postgres.harness.ts';
import { storeConformance, type Harness } from './store.conformance.ts';

async function direct(hints: boolean): Promise<Harness> {
  const database = await makeCouplingDatabase(inject('postgresUrl'));
  const { hostUrl, switcherUrl } = database;
  return openPostgres(database, { hints, hostUrl, switcherUrl, close: async () => undefined });
}

/** Through a link that takes 5 ms in each direction. */
async function delayed(): Promise<Harness> {
  const database = await makeCouplingDatabase(inject('postgresUrl'));
  const proxy = await startTcpProxy(database.hostUrl);
  proxy.delay(5);
  const through = (url: string): string => {
    const changed = new URL(url);
    changed.host = `127.0.0.1:${proxy.port}`;
    return changed.href;
  };
  return openPostgres(database, {
    hints: true,
    hostUrl: through(database.hostUrl),
    switcherUrl: through(database.switcherUrl),
    close: () => proxy.close(),
  });
}

storeConformance('Postgres', () => direct(true), { hints: true });
storeConformance('Postgres, all notifications dropped', () => direct(false), { hints: false });
storeConformance('Postgres, writes and reads delayed', () => delayed(), { hints: true });
