import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { contractHash } from '@atlas/coupling-runtime';
import { processStartTime } from '@atlas/platform-stack/process-identity';
import { createLogger, readAuditFile } from '@atlas/platform-telemetry';
import type { LeaseRow } from '@atlas/control-store';
import { describe, expect, it, vi } from 'vitest';
import { startHost } from '../src/start-host.ts';
import { parcels, parcelService, sharedStore } from './parcel-host.ts';

const { at, role, configOf, lead, sessionsOf, start, leaseOf } = sharedStore();

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

describe('a host', () => {
  it('acks what is being prepared, warms up by real calls, gets ready, and leaves without a trace', async () => {
    const nonce = randomBytes(8).toString('hex');
    const { host, events } = start(nonce);
    await vi.waitFor(async () => expect((await leaseOf(nonce))?.health).toBe('starting'), 10_000);
    const token = await lead();
    const prepared = await at.control.propose(token, 0, {
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
    expect(await at.control.commit(token, 0, prepared?.epoch ?? 0)).toEqual({
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

    const { header, records, torn, ended } = await readAuditFile(join(at.folder, `parcel-0-${nonce}.audit`));
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
    await at.control.fence(await lead(), 'cart-0', 'known');
    await known.over;
    expect(await greet(rpc, 'known').answer).toEqual({ t: 'refused', reason: 'nonce_refused' });
    const successor = greet(rpc, 'successor');
    expect(await successor.answer).toMatchObject({ t: 'welcome' });
    successor.hangUp();

    expect(await sessionsOf(`parcel-0:${nonce}`)).toContain(role);
    await at.control.fence(await lead(), 'parcel-0', nonce);
    // Postgres ends a session some moments after it was told to.
    await vi.waitFor(async () => expect(await sessionsOf(`parcel-0:${nonce}`)).not.toContain(role), 10_000);
    await vi.waitFor(() => expect(events.onFenced).toHaveBeenCalledOnce(), 10_000);
    await running.leave();
  });

  it('asks the store whether a signal to end is an order, where somebody keeps books of it', async () => {
    const nonce = randomBytes(8).toString('hex');
    const record = { instance: 'parcel-0', nonce, app: 'parcel', pid: 1, pidStartedAt: 's', createdAt: 1 };
    await at.control.recordHost(await lead(), { ...record, purpose: 'serving' }, 1);
    const { host, logged, events, asks } = start(nonce);
    const running = await host;
    asks()?.askToStop();
    await vi.waitFor(() => expect(logged.join('')).toContain('nobody who leads has ordered it'), 10_000);
    expect(events.onStopOrder).not.toHaveBeenCalled();
    const token = await lead();
    const other = { ...record, instance: 'parcel-1', nonce: 'other' };
    await at.control.recordHost(token, { ...other, purpose: 'serving' }, 1);
    await at.control.recordHost(token, { ...record, purpose: 'serving', stopOrder: token }, 2);
    const { renewedAt: _, live: __, ...own } = (await leaseOf(nonce)) as LeaseRow;
    await at.control.renewLease({ ...own, instance: other.instance, nonce: other.nonce, health: 'ready' });
    asks()?.askToStop();
    await vi.waitFor(() => expect(events.onStopOrder).toHaveBeenCalledOnce(), 10_000);
    await running.leave();
    await at.control.releaseLease(other.instance, other.nonce);
    for (const gone of [nonce, 'other'])
      await at.control.forgetHost(token, gone === nonce ? 'parcel-0' : 'parcel-1', gone);
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
        const from = (await at.control.readState()).committed;
        const placed = { ...layout, placements: { parcel } };
        return { from, to: (await at.control.propose(token, from, placed))?.epoch ?? 0 };
      };
      const commit = ({ from, to }: { from: number; to: number }) => at.control.commit(token, from, to);
      expect(await commit(await propose('bundle'))).toEqual({ outcome: 'committed' });

      const nonce = randomBytes(8).toString('hex');
      const early = when === 'before' ? await start(nonce).host : undefined;
      const needed = await propose('service');
      const running = early ?? (await start(nonce).host);
      await vi.waitFor(async () => expect((await leaseOf(nonce))?.acked).toContain(needed.to), 10_000);
      expect(await commit(needed)).toEqual({ outcome: 'committed' });
      await running.leave();

      const { records } = await readAuditFile(join(at.folder, `parcel-0-${nonce}.audit`));
      const served = records.flatMap((record) => (record.type === 'serve' ? [record.epoch] : []));
      expect(served.length).toBeGreaterThan(0);
      expect(new Set(served)).toEqual(new Set([needed.to]));
    },
  );

  it('does not start without its database', async () => {
    const config = { ...configOf(randomBytes(8).toString('hex')), ATLAS_DB_URL_PARCEL: undefined };
    const logger = createLogger({ instance: 'parcel-0', level: 'silent' });
    const failing = startHost(
      parcelService(() => config),
      config,
      logger,
      { onFenced: () => {}, onOrphaned: () => {}, onStopOrder: () => {} },
    );
    await expect(failing).rejects.toThrow('ATLAS_DB_URL_PARCEL is missing: this host loads module "parcel"');
  });
});
