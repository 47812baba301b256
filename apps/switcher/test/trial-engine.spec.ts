/** A trial in the engine: what is put in force, kept warm, written down and shown. */
import { describe, expect, it } from 'vitest';
import type { Control } from '../src/engine/control.ts';
import { brokenTally, calmTally, Cluster } from './cluster.ts';

async function running() {
  const cluster = new Cluster();
  const { engine, control } = cluster.switcher();
  await cluster.run(engine);
  return { cluster, engine, control };
}
const idOf = (answer: Awaited<ReturnType<Control['propose']>>): string => {
  if (!('switch' in answer)) throw new Error(`${answer.kind} has no switch`);
  return answer.switch.id;
};
const young = (epoch: number) => ({ ...calmTally(epoch), sinceMs: 1_000 });

describe('a trial that is failed', () => {
  it('puts the layout before in force again as an epoch of its own, with nothing restarted', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 20);
    const pids = [...cluster.machine.running.values()].map(({ pid }) => pid).sort();
    cluster.tallyOf = (_host, epoch) => brokenTally(epoch, 'cart');
    const id = idOf(await control.propose({ mode: 'tight' }));
    await cluster.run(engine, 40);
    expect(await control.get(id)).toMatchObject({
      outcome: 'reverted',
      done: true,
      epoch: 3,
      trial: { verdict: 'failed', byEpoch: 4 },
    });
    expect(control.status()).toMatchObject({ epoch: 4, mode: 'loose', liveEpochs: [4], switches: [] });
    expect([...cluster.machine.running.values()].map(({ pid }) => pid).sort()).toEqual(pids);
    const [revert] = await control.list(1);
    expect(revert).toMatchObject({ kind: 'revert', source: 'revert', outcome: 'committed' });
    const entries = await control.audit(0, 100);
    expect(entries.find(({ body }) => body['event'] === 'breach')?.body).toMatchObject({
      breach: { operation: 'cart.read', cause: 'errors', calls: 30, seen: 30 },
    });
  });

  it('makes nothing stable: a rollback goes further back', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    cluster.tallyOf = (_host, epoch) => brokenTally(epoch, 'cart');
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 40);
    expect(control.status().mode).toBe('hybrid');
    await control.rollback({});
    await cluster.run(engine, 20);
    expect(control.status().mode).toBe('tight');
  });

  it('opens no revert that an emergency would take the place of, as long as that one waits', async () => {
    const { cluster, engine, control } = await running();
    cluster.tallyOf = (_host, epoch) => young(epoch);
    cluster.host('shop-0').roots = { 1: 1, 2: 1, 3: 1 };
    for (const request of [{ mode: 'hybrid' }, { placements: { cart: 'service' } }] as const) {
      await control.propose(request);
      await cluster.run(engine, 20);
    }
    await control.propose({ mode: 'loose', source: 'emergency' });
    await cluster.run(engine, 20);
    expect(control.status().liveEpochs).toEqual([1, 2, 3, 4]);
    cluster.tallyOf = (_host, epoch) => brokenTally(epoch, 'cart');
    await cluster.run(engine, 5);
    await control.propose({ mode: 'tight', source: 'emergency' });
    await cluster.run(engine, 50);
    const reverts = (await control.list(200)).filter(({ kind }) => kind === 'revert');
    expect(reverts).toHaveLength(1);
    expect(control.status().mode).toBe('loose');
    cluster.tallyOf = (_host, epoch) => calmTally(epoch);
    cluster.host('shop-0').roots = {};
    await cluster.run(engine, 40);
    expect(control.status().mode).toBe('tight');
  });

  it('opens no revert that would be given up at once, as long as hosts of two builds run', async () => {
    const { cluster, engine, control } = await running();
    cluster.tallyOf = (_host, epoch) => young(epoch);
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    cluster.host('cart-0').build = 'b2';
    await cluster.run(engine, 2);
    cluster.tallyOf = (_host, epoch) => brokenTally(epoch, 'cart');
    await cluster.run(engine, 50);
    const reverts = async () => (await control.list(200)).filter(({ kind }) => kind === 'revert');
    expect(await reverts()).toHaveLength(0);
    cluster.host('cart-0').build = 'b1';
    await cluster.run(engine, 20);
    expect(control.status().mode).toBe('tight');
  });

  it('stays in force when an operator calls the revert off', async () => {
    const { cluster, engine, control } = await running();
    const id = idOf(await control.propose({ placements: { cart: 'service' } }));
    cluster.tallyOf = () => null;
    await cluster.run(engine, 20);
    for (const host of cluster.hosts.values()) host.deaf = true;
    cluster.tallyOf = (_host, epoch) => brokenTally(epoch, 'cart');
    await cluster.run(engine, 5);
    const revert = engine.book.open().find(({ kind }) => kind === 'revert');
    if (!revert) throw new Error('no revert is open');
    engine.requestAbort(revert.id, 'it is the bank');
    await cluster.run(engine, 40);
    expect(await control.get(id)).toMatchObject({ outcome: 'committed', trial: { verdict: 'kept' } });
    expect(control.status().mode).toBe('hybrid');
  });
});

describe('a service that fills the machine and dies', () => {
  it('excuses no late call once it is gone, though what it counted stays', async () => {
    const { cluster, engine, control } = await running();
    const late = { calls: 40, errors: 0, late: 6, durations: { 10: 34 } };
    const before = { calls: 500, errors: 0, late: 0, durations: { 10: 500 } };
    const counted = { 'cart.read': { toppable: true, before, now: late, pending: {} } };
    const id = idOf(await control.propose({ placements: { cart: 'service' } }));
    await engine.turn();
    await engine.turn();
    const first = cluster.host('cart-0');
    const full = { strain: { machine: 1, loop: 0.1 }, operations: counted };
    cluster.tallyOf = (host, epoch) => ({ ...young(epoch), ...(host === first && full) });
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'trial' });
    cluster.kill('cart-0');
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ outcome: 'reverted', trial: { verdict: 'failed' } });
  });
});

describe('a trial that goes on', () => {
  it('keeps the layout before live, hence warm, though its roots have ended', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 20);
    cluster.tallyOf = (_host, epoch) => young(epoch);
    const id = idOf(await control.propose({ mode: 'tight' }));
    await cluster.run(engine, 40);
    expect(await control.get(id)).toMatchObject({ phase: 'trial', outcome: 'committed' });
    expect((await control.get(id)).drainMs).not.toBeNull();
    expect(control.status().liveEpochs).toEqual([2, 3]);
    expect(cluster.names()).toHaveLength(5);
    cluster.tallyOf = (_host, epoch) => calmTally(epoch);
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ done: true, trial: { verdict: 'passed' } });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('holds no other switch up, which ends it', async () => {
    const { cluster, engine, control } = await running();
    cluster.tallyOf = (_host, epoch) => young(epoch);
    const id = idOf(await control.propose({ mode: 'hybrid' }));
    await cluster.run(engine, 20);
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({
      outcome: 'committed',
      done: true,
      trial: { verdict: 'superseded' },
    });
    expect(control.status()).toMatchObject({ mode: 'loose', liveEpochs: [2, 3] });
  });

  it('is not for a rollback, nor for what moves nothing', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    const answer = await control.rollback({});
    await cluster.run(engine, 20);
    expect(await control.get(idOf(answer))).toMatchObject({ trial: { verdict: 'none' } });
  });
});
