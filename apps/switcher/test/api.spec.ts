import { request as httpRequest } from 'node:http';
import { verifyAudit, type AuditEntry } from '@atlas/control-store';
import { describe, expect, it } from 'vitest';
import { ApiScene, TOKEN } from './api-scene.ts';

describe('the control API', () => {
  const at = new ApiScene();
  const ask: ApiScene['ask'] = (...asked) => at.ask(...asked);

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
    await at.cluster.run(at.engine, 20);
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
    at.cluster.coldStarts = true;
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

  it('refuses by policy with the reasons', async () => {
    const instances = { bundle: 16 };
    expect(await ask('POST', '/v1/switches', { mode: 'tight', instances })).toMatchObject({
      status: 422,
      body: { code: 'refused_by_policy', reasons: [expect.stringContaining('connection pools')] },
    });
  });

  it('gives the audit log with a chain that can be checked', async () => {
    await ask('POST', '/v1/switches', { mode: 'hybrid' });
    await at.cluster.run(at.engine, 20);
    const { body } = await ask('GET', '/v1/audit?limit=100');
    const entries = body.items as AuditEntry[];
    expect(entries.length).toBeGreaterThan(3);
    expect(verifyAudit(entries)).toEqual({ intact: true });
  });

  it('answers 503 with Retry-After while the store is away, and still shows the last known state', async () => {
    await at.engine.store.close();
    await at.engine.turn();
    const told = await ask('POST', '/v1/switches', { mode: 'loose' });
    expect(told).toMatchObject({ status: 503 });
    expect(told.headers.get('retry-after')).toBe('1');
    at.cluster.now += 5_000;
    await at.engine.turn();
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
    const response = await fetch(`${at.server.url}/v1/events`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const ended = response.text();
    at.engine.feed.hangUp();
    expect(await ended).toContain('event: status');
  });

  it('streams the state and then every change of phase', async () => {
    const text: string[] = [];
    const stream = httpRequest(`${at.server.url}/v1/events`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const ended = new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('response', (response) => {
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text.push(chunk);
          if (text.length === 1)
            void ask('POST', '/v1/switches', { mode: 'hybrid' }).then(() => at.cluster.run(at.engine, 20));
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
