import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { tightLayout } from '@atlas/control-layout';
import { createPostgresStore } from '@atlas/control-store';
import type { Coupling } from '@atlas/coupling-runtime';
import { databaseKey } from '@atlas/platform-config';
import { startHost } from '@atlas/platform-host';
import { createLogger } from '@atlas/platform-telemetry';
import { shopContracts } from '@atlas/shop-contract';
import pg from 'pg';
import { MODULES, loadAppConfig } from '../src/app.config.ts';
import { AppModule } from '../src/app.module.ts';
import { ROLES, migrateShop } from '../src/migrate-shop.ts';
import { shopEdge } from '../src/shop-edge.ts';

/** A bank without memory problems: the first answer to a key is the answer. */
async function fakeBank() {
  const charges = new Map<string, { status: string; declineCode: string | null }>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const key = String(request.headers['idempotency-key']);
      const { token } = JSON.parse(text || '{}') as { token?: string };
      const known = charges.get(key) ?? {
        status: token === 'tok_ok' ? 'captured' : 'declined',
        declineCode: token === 'tok_ok' ? null : 'card_declined',
      };
      charges.set(key, known);
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: key, ...known }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    charges,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return work(client).finally(() => client.end());
}

/** One bundle of the real shop in this process: real modules, real Postgres, a fake bank; mode tight. */
export async function startShop(postgresUrl: string) {
  const name = `shop_${randomBytes(6).toString('hex')}`;
  await asAdmin(postgresUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = (role?: string): string => {
    const made = new URL(postgresUrl);
    made.pathname = `/${name}`;
    if (role !== undefined) [made.username, made.password] = [role, 'secret'];
    return made.href;
  };
  const passwords = Object.fromEntries(ROLES.map((role) => [role, 'secret']));
  const migrate = () => migrateShop({ adminUrl: url(), passwords, seedProducts: 30 });
  await migrate();
  const control = createPostgresStore({ url: url('atlas_switcher'), role: 'control' });
  const leader = await control.acquireLeadership('test', 600_000);
  if (leader === undefined) throw new Error('no leadership');
  const record = await control.propose(leader.token, 0, tightLayout(MODULES));
  await control.commit(leader.token, 0, record?.epoch ?? 0);
  const bank = await fakeBank();
  const config = loadAppConfig({
    ATLAS_HOME: '/nowhere',
    ATLAS_INSTANCE: 'shop-0',
    ATLAS_NONCE: randomBytes(8).toString('hex'),
    ATLAS_BUILD: 'test',
    ATLAS_STORE_URL: url('atlas_host'),
    ATLAS_EVENT_LOG_URL: url('atlas_pump'),
    ATLAS_RPC_TOKEN: 'a token of sixteen',
    ATLAS_SESSION_SECRET: 'a secret of sixteen',
    ATLAS_ACQUIRER_URL: bank.url,
    ATLAS_ACQUIRER_TOKEN: 'bank token',
    ATLAS_EDGE_PORT: '0',
    ...Object.fromEntries(MODULES.map((module) => [databaseKey(module), url(module)])),
  });
  const logged: string[] = [];
  const logger = createLogger({
    instance: 'shop-0',
    level: 'info',
    destination: { write: (line) => void logged.push(line) },
  });
  let coupling: Coupling | undefined;
  const host = await startHost(
    {
      kind: 'bundle',
      modules: MODULES,
      contracts: shopContracts,
      loadConfig: loadAppConfig,
      app: AppModule.of,
      edge: (context) => {
        coupling = context.coupling;
        return shopEdge(context);
      },
      eventLogUrl: ({ ATLAS_EVENT_LOG_URL }) => ATLAS_EVENT_LOG_URL,
    },
    config,
    logger,
    { onFenced: () => {}, onOrphaned: () => {}, onStopOrder: () => {} },
  );
  const lines = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
  const edgeUrl = String(lines.find((line) => line['msg'] === 'ready')?.['edgeUrl']);
  return {
    edgeUrl,
    coupling,
    bank,
    control,
    logged,
    migrate,
    leave: () => host.leave(),
    sql: <Row extends object>(text: string) =>
      asAdmin(url(), async (client) => (await client.query<Row>(text)).rows),
    async close() {
      await control.close();
      await bank.close();
      await asAdmin(postgresUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

export type Shop = Awaited<ReturnType<typeof startShop>>;
