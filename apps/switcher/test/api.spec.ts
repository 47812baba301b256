import { request as httpRequest, type IncomingMessage } from 'node:http';
import { brainTokenOf } from '@atlas/control-api/operator';
import { verifyAudit, type AuditEntry } from '@atlas/control-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROUTES } from '../src/api/routes.ts';
import { startServer, type RunningServer } from '../src/api/server.ts';
import type { Engine } from '../src/engine/engine.ts';
import { Cluster } from './cluster.ts';

const TOKEN = 'operator-token-of-the-test';

describe('the control API', () => {
  let cluster: Cluster;
  let engine: Engine;
  let server: RunningServer;
  const defects: unknown[] = [];

  beforeEach(async () => {
    cluster = new Cluster();
    const made = cluster.switcher();
    engine = made.engine;
    await cluster.run(engine);
    server = await startServer({
      control: made.control,
      feed: engine.feed,
      operatorToken: TOKEN,
      port: 0,
      defect: (error) => defects.push(error),
    });
  });
  afterEach(async () => {
    await server.close();
    expect(defects.splice(0)).toEqual([]);
  });

  interface Told {
    readonly status: number;
    readonly headers: Headers;
    readonly body: Record<string, unknown>;
  }
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Told> {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  }

  it.each([
    [{ authorization: '' }],
    [{ authorization: 'Bearer wrong' }],
    [{ authorization: `Basic ${TOKEN}` }],
    [{ authorization: `Bearer ${TOKEN}x` }],
  ])('answers 401 to %o on every address', async (headers) => {
    for (const [method, path] of [
      ['GET', '/v1/status'],
      ['POST', '/v1/switches'],
      ['GET', '/v1/events'],
      ['GET', '/v1/openapi.json'],
      ['GET', '/nowhere'],
    ] as const) {
      const told = await ask(method, path, undefined, headers);
      expect(told).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
      expect(told.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  describe("the brain's token", () => {
    const brain = { authorization: `Bearer ${brainTokenOf(TOKEN)}` };
    const proposal = { placements: { cart: 'service' }, source: 'brain', basedOnEpoch: 1 };

    it('reads the status, proposes for the brain or in an emergency, and pre-warms', async () => {
      await ask('POST', '/v1/autonomy', { level: 4 });
      expect(await ask('GET', '/v1/status', undefined, brain)).toMatchObject({ status: 200 });
      expect(await ask('POST', '/v1/switches', { ...proposal, dryRun: true }, brain)).toMatchObject({
        status: 200,
        body: { dryRun: true },
      });
      expect(await ask('POST', '/v1/warm', { placements: { cart: 'service' } }, brain)).toMatchObject({
        status: 200,
      });
      const emergency = { ...proposal, source: 'emergency' };
      expect(await ask('POST', '/v1/switches', emergency, brain)).toMatchObject({ status: 202 });
    });

    it('is refused everything else, with a sentence', async () => {
      const mine = ['get /v1/status', 'post /v1/switches', 'post /v1/warm'];
      const others = ROUTES.filter(({ method, path }) => !mine.includes(`${method} ${path}`));
      expect(others).toHaveLength(ROUTES.length - mine.length);
      for (const { method, path } of [...others, { method: 'get', path: '/v1/nothing' }]) {
        const told = await ask(method.toUpperCase(), path.replace('{id}', 'x'), undefined, brain);
        expect([path, told.status, told.body.code]).toEqual([path, 403, 'forbidden']);
        expect(told.body.detail).toMatch(/^the brain's token reads the status, proposes and pre-warms/);
      }
    });

    it.each([undefined, 'operator', null, ['brain']])('does not propose as %j', async (source) => {
      for (const body of [
        { ...proposal, source },
        { mode: 'loose', dryRun: true, source },
      ])
        expect(await ask('POST', '/v1/switches', body, brain)).toMatchObject({
          status: 403,
          body: {
            code: 'forbidden',
            detail: expect.stringContaining('"brain" or "emergency" only') as string,
          },
        });
      expect(await ask('POST', '/v1/switches', 'null', brain)).toMatchObject({ status: 403 });
      expect(await ask('GET', '/v1/layout')).toMatchObject({ body: { epoch: 1 } });
    });

    it("is not the operator's, and tells nothing of it", async () => {
      expect(brainTokenOf(TOKEN)).not.toContain(TOKEN);
      expect(brainTokenOf(TOKEN)).not.toBe(brainTokenOf(`${TOKEN}x`));
    });
  });

  it('shows status and layout', async () => {
    expect(await ask('GET', '/v1/status')).toMatchObject({
      status: 200,
      body: {
        epoch: 1,
        mode: 'tight',
        hosts: [{ instance: 'shop-0', health: 'ready' }],
        store: { contact: true },
      },
    });
    expect(await ask('GET', '/v1/layout')).toMatchObject({
      status: 200,
      body: { epoch: 1, mode: 'tight', instances: { bundle: 1 } },
    });
  });

  it('accepts a switch, shows it by id and in the history', async () => {
    const told = await ask('POST', '/v1/switches', { mode: 'hybrid', reason: 'busy' });
    expect(told).toMatchObject({ status: 202, body: { phase: 'preparing', from: 'tight', to: 'hybrid' } });
    await cluster.run(engine, 20);
    const path = `/v1/switches/${String(told.body.id)}`;
    expect(await ask('GET', path)).toMatchObject({ status: 200, body: { outcome: 'committed', done: true } });
    const { body } = await ask('GET', '/v1/switches?limit=2');
    expect(body.items).toMatchObject([{ kind: 'switch' }, { kind: 'bootstrap' }]);
    expect(await ask('POST', `${path}/abort`)).toMatchObject({
      status: 409,
      body: { code: 'already_committed', rollback: '/v1/rollback' },
    });
  });

  it('answers 200 unchanged, and 200 with the plan of a dry run', async () => {
    expect(await ask('POST', '/v1/switches', { mode: 'tight' })).toMatchObject({
      status: 200,
      body: { outcome: 'unchanged', epoch: 1 },
    });
    expect(await ask('POST', '/v1/switches', { mode: 'loose', dryRun: true })).toMatchObject({
      status: 200,
      body: {
        dryRun: true,
        starts: [{ app: 'cart' }, { app: 'catalog' }, { app: 'payment' }, { app: 'shipping' }],
      },
    });
  });

  it('tells a busy, a stale and a reused key apart', async () => {
    cluster.coldStarts = true;
    const first = await ask('POST', '/v1/switches', { mode: 'loose' }, { 'idempotency-key': 'k1' });
    expect(await ask('POST', '/v1/switches', { mode: 'hybrid' })).toMatchObject({
      status: 409,
      body: { code: 'switch_in_progress', switchId: first.body.id },
    });
    expect(await ask('POST', '/v1/switches', { mode: 'hybrid', basedOnEpoch: 7 })).toMatchObject({
      status: 409,
      body: { code: 'stale', epoch: 1 },
    });
    expect(await ask('POST', '/v1/switches', { mode: 'loose' }, { 'idempotency-key': 'k1' })).toMatchObject({
      status: 202,
      body: { id: first.body.id },
    });
    expect(await ask('POST', '/v1/switches', { mode: 'tight' }, { 'idempotency-key': 'k1' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect(await ask('POST', '/v1/rollback')).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_roll_back_to' },
    });
  });

  it.each([
    [{ mode: 'sideways' }, 'mode'],
    [{}, 'mode'],
    [{ mode: 'tight', placements: {} }, 'mode'],
    [{ mode: 'tight', bundels: 2 }, 'bundels'],
    [{ placements: { cart: 'moon' } }, 'placements.cart'],
    [{ placements: { orders: 'service' } }, 'placements.orders'],
    [{ mode: 'tight', instances: { bundle: 0 } }, 'instances.bundle'],
    [{ mode: 'tight', instances: { bundle: -1 } }, 'instances.bundle'],
    [{ mode: 'tight', instances: { bundle: 1e99 } }, 'instances.bundle'],
    [{ mode: 'tight', instances: { cart: 2 } }, 'instances.cart'],
    [{ mode: 'tight', dryRun: 'yes' }, 'dryRun'],
    [[], 'body'],
    ['null', 'body'],
  ])('answers 400 to %j, naming the field', async (body, field) => {
    expect(await ask('POST', '/v1/switches', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', field },
    });
  });

  it('answers 400, 404, 413 and 415 to what cannot be read', async () => {
    expect(await ask('POST', '/v1/switches', '{"mode":')).toMatchObject({ status: 400 });
    expect(await ask('POST', '/v1/switches', { mode: 'tight', reason: 'x'.repeat(20_000) })).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
    expect(await ask('POST', '/v1/switches', 'x', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
    });
    expect(await ask('GET', '/v1/switches/none')).toMatchObject({
      status: 404,
      body: { code: 'switch_not_found' },
    });
    expect(await ask('POST', '/v1/switches/none/abort')).toMatchObject({ status: 404 });
    expect(await ask('GET', '/v1/switches?limit=1000')).toMatchObject({
      status: 400,
      body: { field: 'limit' },
    });
    for (const limit of ['true', '1.5', '1&limit=2', '%201'])
      expect(await ask('GET', `/v1/switches?limit=${limit}`)).toMatchObject({ status: 400 });
    expect(await ask('GET', '/v1/audit?after=7506082218479')).toMatchObject({
      status: 400,
      body: { field: 'after' },
    });
    expect(await ask('GET', '/v2/status')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await ask('POST', '/v1/switches', { mode: 'tight' }, { 'idempotency-key': 'a b' })).toMatchObject({
      status: 400,
    });
  });

  it.each([
    ['TRACE', '/v1/status', 'GET, HEAD'],
    ['QUERY', '/v1/switches', 'POST, GET, HEAD'],
    ['DELETE', '/v1/switches/some/abort', 'POST'],
  ])('answers 405 to %s %s, naming the methods that are allowed', async (method, path, allow) => {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      httpRequest(`${server.url}${path}`, { method, headers }, resolve).on('error', reject).end();
    });
    const { statusCode, headers } = await answered;
    expect(statusCode).toBe(405);
    expect(headers).toMatchObject({
      allow,
      'content-type': expect.stringContaining('problem+json') as string,
    });
  });

  it('refuses by policy with the reasons', async () => {
    const instances = { bundle: 16 };
    expect(await ask('POST', '/v1/switches', { mode: 'tight', instances })).toMatchObject({
      status: 422,
      body: { code: 'refused_by_policy', reasons: [expect.stringContaining('connection pools')] },
    });
  });

  it('gives the audit log with a chain that can be checked', async () => {
    await ask('POST', '/v1/switches', { mode: 'hybrid' });
    await cluster.run(engine, 20);
    const { body } = await ask('GET', '/v1/audit?limit=100');
    const entries = body.items as AuditEntry[];
    expect(entries.length).toBeGreaterThan(3);
    expect(verifyAudit(entries)).toEqual({ intact: true });
  });

  it('answers 503 with Retry-After while the store is away, and still shows the last known state', async () => {
    await engine.store.close();
    await engine.turn();
    const told = await ask('POST', '/v1/switches', { mode: 'loose' });
    expect(told).toMatchObject({ status: 503 });
    expect(told.headers.get('retry-after')).toBe('1');
    cluster.now += 5_000;
    await engine.turn();
    expect(await ask('POST', '/v1/switches', { mode: 'loose' })).toMatchObject({ status: 503 });
    expect(await ask('GET', '/v1/status')).toMatchObject({
      status: 200,
      body: { epoch: 1, mode: 'tight', store: { contact: false, ageMs: expect.any(Number) as number } },
    });
  });

  it('describes every route from the schemas that validate', async () => {
    const { body } = await ask('GET', '/v1/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths as object)).toEqual([
      '/v1/status',
      '/v1/layout',
      '/v1/switches',
      '/v1/switches/{id}',
      '/v1/switches/{id}/abort',
      '/v1/rollback',
      '/v1/warm',
      '/v1/autonomy',
      '/v1/freeze',
      '/v1/unfreeze',
      '/v1/proposals',
      '/v1/proposals/{id}/approve',
      '/v1/proposals/{id}/reject',
      '/v1/audit',
      '/v1/events',
      '/v1/openapi.json',
    ]);
    const schema = JSON.stringify(body);
    expect(schema).toContain('"basedOnEpoch"');
    expect(schema).toContain('"additionalProperties":false');
  });

  it('ends the streams when it leads no more, for it has no news of switches then', async () => {
    const response = await fetch(`${server.url}/v1/events`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const ended = response.text();
    engine.feed.hangUp();
    expect(await ended).toContain('event: status');
  });

  it('streams the state and then every change of phase', async () => {
    const text: string[] = [];
    const stream = httpRequest(`${server.url}/v1/events`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const ended = new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('response', (response) => {
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text.push(chunk);
          if (text.length === 1)
            void ask('POST', '/v1/switches', { mode: 'hybrid' }).then(() => cluster.run(engine, 20));
          if (text.join('').includes('"phase":"ended"')) resolve();
        });
      });
    });
    stream.end();
    await ended;
    stream.destroy();
    const events = [...text.join('').matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
    expect(events[0]).toBe('status');
    expect(new Set(events.filter((name) => name !== 'ping'))).toEqual(
      new Set(['status', 'switch', 'hosts', 'layout', 'autonomy']),
    );
    const phases = [...text.join('').matchAll(/"phase":"([\w-]+)"/g)].map(([, phase]) => phase);
    expect(phases.filter((phase, index) => phase !== phases[index - 1])).toEqual([
      'planned',
      'preparing',
      'committing',
      'routed-wait',
      'trial',
      'draining',
      'retiring',
      'ended',
    ]);
  });
});
