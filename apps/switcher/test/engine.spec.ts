import { describe, expect, it, vi } from 'vitest';
import type { Engine } from '../src/engine/engine.ts';
import type { Control } from '../src/engine/control.ts';
import { Cluster } from './cluster.ts';

async function running(): Promise<{ cluster: Cluster; engine: Engine; control: Control }> {
  const cluster = new Cluster();
  const { engine, control } = cluster.switcher();
  await cluster.run(engine);
  return { cluster, engine, control };
}

const accepted = (answer: Awaited<ReturnType<Control['propose']>>) => {
  if (!('switch' in answer)) throw new Error(`${answer.kind} has no switch`);
  return answer.switch;
};

describe('the engine', () => {
  it('puts the tight layout with one bundle in force when there is none', async () => {
    const { cluster, control } = await running();
    expect(control.status()).toMatchObject({ epoch: 1, mode: 'tight', liveEpochs: [1], switches: [] });
    expect(cluster.names()).toEqual(['shop-0']);
    expect(cluster.rows).toMatchObject([{ app: 'shop', instance: 'shop-0' }]);
  });

  it('switches tight to loose and back, starting and retiring services', async () => {
    const { cluster, engine, control } = await running();
    const there = accepted(await control.propose({ mode: 'loose' }));
    await cluster.run(engine, 20);
    expect(cluster.names()).toEqual(['cart-0', 'catalog-0', 'payment-0', 'shipping-0', 'shop-0']);
    expect(await control.get(there.id)).toMatchObject({
      phase: 'ended',
      outcome: 'committed',
      from: 'tight',
      to: 'loose',
      fromEpoch: 1,
      epoch: 2,
    });
    const { prepareMs, routedMs, drainMs } = await control.get(there.id);
    expect([prepareMs, routedMs, drainMs].every((ms) => ms !== null && ms >= 0)).toBe(true);
    accepted(await control.propose({ mode: 'tight' }));
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ epoch: 3, mode: 'tight', liveEpochs: [3], switches: [] });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('replaces a first host that hangs in its start, so that the bootstrap ends', async () => {
    const cluster = new Cluster();
    const { engine, control } = cluster.switcher();
    for (let turn = 0; turn < 3; turn += 1) await engine.turn();
    const hung = cluster.host('shop-0');
    hung.silent = true;
    await cluster.run(engine, 28, 1_000);
    expect(cluster.host('shop-0')).toBe(hung);
    await cluster.run(engine, 10, 1_000);
    expect(cluster.host('shop-0')).not.toBe(hung);
    expect([...cluster.state.exits.values()]).toMatchObject([{ instance: 'shop-0', cause: 'unknown' }]);
    // The first try gave up at its own deadline; its epoch is never used again (S1).
    expect(control.status()).toMatchObject({ epoch: 2, mode: 'tight', switches: [] });
  });

  it('replaces a service that hangs in its start, and none that only a cut store kept waiting', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ placements: { cart: 'service' } });
    await cluster.run(engine, 20);
    cluster.coldStarts = true;
    cluster.kill('cart-0');
    await cluster.run(engine, 20);
    const hung = cluster.host('cart-0');
    engine.lookout.lost();
    await cluster.run(engine, 29, 1_000);
    expect(cluster.host('cart-0')).toBe(hung);
    cluster.coldStarts = false;
    await cluster.run(engine, 10, 1_000);
    expect(cluster.host('cart-0')).not.toBe(hung);
    expect(control.status().hosts).toMatchObject([{ health: 'ready' }, { health: 'ready' }]);
  });

  it('retires the bundle with the highest ordinal', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'tight', instances: { bundle: 2 } });
    await cluster.run(engine);
    expect(cluster.names()).toEqual(['shop-0', 'shop-1']);
    await control.propose({ mode: 'tight' });
    await cluster.run(engine);
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('loads at most two hosts at once', async () => {
    const { cluster, engine, control } = await running();
    cluster.loading = true;
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 5);
    expect(cluster.names()).toHaveLength(3);
    for (const host of cluster.hosts.values()) host.silent = false;
    await cluster.run(engine, 5);
    expect(cluster.names()).toHaveLength(5);
  });

  it('does not commit before the new hosts are ready, and aborts at the deadline with nothing changed', async () => {
    const { cluster, engine, control } = await running();
    cluster.coldStarts = true;
    const { id } = accepted(await control.propose({ mode: 'hybrid' }));
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ epoch: 1, preparedEpoch: 2 });
    await cluster.run(engine, 40, 1_000);
    expect(await control.get(id)).toMatchObject({ outcome: 'aborted', abort: { code: 'prepare_timeout' } });
    expect(control.status()).toMatchObject({ epoch: 1, preparedEpoch: null, liveEpochs: [1] });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('keeps an epoch alive, and its hosts, until its last root has ended', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    cluster.host('shop-0').roots = { 2: 1 };
    const { id } = accepted(await control.propose({ mode: 'tight' }));
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'draining', outcome: 'committed' });
    expect(cluster.names()).toEqual(['cart-0', 'payment-0', 'shop-0']);
    cluster.host('shop-0').roots = {};
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'ended', outcome: 'committed' });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('counts a silent edge as draining until it is proven dead', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'tight', instances: { bundle: 2 } });
    await cluster.run(engine);
    cluster.host('shop-1').roots = { 2: 1 };
    await cluster.run(engine, 1);
    cluster.host('shop-1').silent = true;
    await cluster.run(engine, 40);
    const { id } = accepted(await control.propose({ mode: 'hybrid' }));
    await cluster.run(engine, 40);
    expect(await control.get(id)).toMatchObject({ phase: 'draining', outcome: 'committed' });
    cluster.kill('shop-1');
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'ended' });
  });

  it('drains several epochs side by side and lets a fifth wait in plan', async () => {
    const { cluster, engine, control } = await running();
    for (const [index, mode] of (['hybrid', 'loose', 'tight'] as const).entries()) {
      cluster.host('shop-0').roots = { ...cluster.host('shop-0').roots, [index + 1]: 1 };
      await cluster.run(engine, 1);
      await control.propose({ mode });
      await cluster.run(engine, 20);
    }
    expect(control.status().liveEpochs).toEqual([1, 2, 3, 4]);
    const { id } = accepted(await control.propose({ mode: 'loose' }));
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'planned', outcome: null });
    cluster.host('shop-0').roots = { 1: 1, 3: 1 };
    await cluster.run(engine, 20);
    expect(control.status().liveEpochs).toEqual([1, 3, 5]);
    expect(await control.get(id)).toMatchObject({ outcome: 'committed' });
  });

  it('answers unchanged when the target is in force', async () => {
    const { control } = await running();
    expect(await control.propose({ mode: 'tight' })).toMatchObject({
      kind: 'unchanged',
      switch: { outcome: 'unchanged', done: true, epoch: 1 },
    });
    expect(control.status().epoch).toBe(1);
  });

  it('refuses a second switch before the commit of the first, by name', async () => {
    const { cluster, control } = await running();
    cluster.coldStarts = true;
    const { id } = accepted(await control.propose({ mode: 'loose' }));
    await expect(control.propose({ mode: 'hybrid' })).rejects.toMatchObject({
      code: 'switch_in_progress',
      details: { switchId: id },
    });
  });

  it('lets an emergency take over from a weaker switch that is not committed', async () => {
    const { cluster, engine, control } = await running();
    cluster.coldStarts = true;
    const weak = accepted(await control.propose({ mode: 'loose' }));
    await cluster.run(engine, 3);
    cluster.coldStarts = false;
    const strong = accepted(await control.propose({ mode: 'hybrid', source: 'emergency' }));
    for (const host of cluster.hosts.values()) host.health = 'ready';
    await cluster.run(engine, 20);
    expect(await control.get(weak.id)).toMatchObject({ outcome: 'aborted', abort: { code: 'superseded' } });
    expect(await control.get(strong.id)).toMatchObject({ outcome: 'committed', done: true });
    expect(control.status().mode).toBe('hybrid');
    expect(cluster.names()).toEqual(['cart-0', 'payment-0', 'shop-0']);
  });

  it('restarts a dead host that the layout names, after a growing pause', async () => {
    const { cluster, engine } = await running();
    cluster.kill('shop-0');
    await cluster.run(engine, 2);
    expect(cluster.names()).toEqual(['shop-0']);
    for (let crash = 0; crash < 6; crash += 1) {
      if (cluster.names().length > 0) cluster.kill('shop-0');
      await cluster.run(engine, 1);
    }
    expect(cluster.names()).toEqual([]);
    await cluster.run(engine, 100);
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('freezes when many leases lapse together without evidence, and goes on when they are back', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 20);
    for (const host of cluster.hosts.values()) host.silent = true;
    await cluster.run(engine, 50);
    expect(control.status().frozen).toBe(true);
    await expect(control.propose({ mode: 'tight' })).rejects.toMatchObject({ code: 'refused_by_policy' });
    expect(cluster.names()).toHaveLength(5);
    for (const host of cluster.hosts.values()) host.silent = false;
    await cluster.run(engine, 20);
    expect(control.status().frozen).toBe(false);
    expect(cluster.names()).toHaveLength(5);
  });

  it('rolls back to the layout that was stable before, one step further each time', async () => {
    const { cluster, engine, control } = await running();
    for (const mode of ['hybrid', 'loose'] as const) {
      await control.propose({ mode });
      await cluster.run(engine, 20);
    }
    await control.rollback({ reason: 'slow' });
    await cluster.run(engine, 20);
    expect(control.status().mode).toBe('hybrid');
    await control.rollback({});
    await cluster.run(engine, 20);
    expect(control.status().mode).toBe('tight');
    await expect(control.rollback({})).rejects.toMatchObject({ code: 'nothing_to_roll_back_to' });
  });

  it('aborts before the commit, and points to rollback after it', async () => {
    const { cluster, engine, control } = await running();
    cluster.coldStarts = true;
    const early = accepted(await control.propose({ mode: 'loose' }));
    await cluster.run(engine, 3);
    const aborting = control.abort(early.id, 'changed my mind');
    await cluster.run(engine, 3);
    expect(await aborting).toMatchObject({ outcome: 'aborted', abort: { code: 'operator' } });
    cluster.coldStarts = false;
    await cluster.run(engine, 10);
    expect(cluster.names()).toEqual(['shop-0']);
    const late = accepted(await control.propose({ mode: 'hybrid' }));
    await cluster.run(engine, 20);
    await expect(control.abort(late.id, 'too late')).rejects.toMatchObject({
      code: 'already_committed',
      details: { rollback: '/v1/rollback' },
    });
  });

  it('gives the same switch for the same key, and refuses the key for another body', async () => {
    const { cluster, engine, control } = await running();
    const first = accepted(await control.propose({ mode: 'hybrid' }, 'key-1'));
    await cluster.run(engine, 20);
    const again = accepted(await control.propose({ mode: 'hybrid' }, 'key-1'));
    expect(again).toMatchObject({ id: first.id, outcome: 'committed' });
    await expect(control.propose({ mode: 'loose' }, 'key-1')).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  it('refuses what was decided on an older state', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    await expect(control.propose({ mode: 'loose', basedOnEpoch: 1 })).rejects.toMatchObject({
      code: 'stale',
    });
    await expect(control.propose({ mode: 'loose', observedAt: 1_000_000 })).rejects.toMatchObject({
      code: 'stale',
    });
    accepted(await control.propose({ mode: 'loose', basedOnEpoch: 2, observedAt: cluster.now }));
  });

  it('tells what would happen without doing it', async () => {
    const { cluster, engine, control } = await running();
    const answer = await control.propose({ placements: { cart: 'service' }, dryRun: true });
    expect(answer).toMatchObject({
      kind: 'dry-run',
      plan: {
        unchanged: false,
        starts: [{ app: 'cart', instance: 'cart-0' }],
        stops: [],
        moves: [{ module: 'cart', from: 'bundle', to: 'service' }],
        refusals: [],
      },
    });
    await cluster.run(engine);
    expect(control.status()).toMatchObject({ epoch: 1, switches: [] });
  });

  it('refuses to join hosts of several builds', async () => {
    const { cluster, engine, control } = await running();
    const { id } = accepted(await control.propose({ mode: 'hybrid' }));
    await engine.turn();
    await engine.turn();
    cluster.host('cart-0').build = 'b2';
    await cluster.run(engine);
    expect(await control.get(id)).toMatchObject({ outcome: 'aborted', abort: { code: 'build_mismatch' } });
  });

  it('hands over to a successor, which adopts the hosts', async () => {
    const { cluster, engine } = await running();
    const next = cluster.switcher();
    await next.engine.turn();
    expect(next.engine.leadership.held).toBe(false);
    await engine.stop();
    await next.engine.turn();
    expect(next.engine.leadership.held).toBe(true);
    await cluster.run(next.engine);
    expect(next.control.status()).toMatchObject({ epoch: 1 });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('shows as a standby what the leader is at', async () => {
    const { cluster, engine: leader, control: leads } = await running();
    const { engine: standby, control } = cluster.switcher();
    await leads.propose({ mode: 'loose' });
    await cluster.run(leader, 1);
    await cluster.run(standby, 1);
    expect(control.status()).toMatchObject({ leader: { leads: false }, switches: leads.status().switches });
    expect(control.status().switches).toHaveLength(1);
  });

  it('only watches as a standby, leads within a lease of the silence of the leader, and is named then', async () => {
    const { cluster, engine: leader } = await running();
    const { engine: standby, control } = cluster.switcher();
    const both = async (turns: number): Promise<void> => {
      for (let turn = 0; turn < turns; turn += 1) {
        await Promise.all([leader.turn(), standby.turn()]);
        await cluster.beat();
        cluster.now += 250;
      }
    };
    await both(20);
    expect(standby.leads).toBe(false);
    expect(control.status()).toMatchObject({ mode: 'tight', leader: { leads: false } });
    await expect(control.propose({ mode: 'loose' })).rejects.toThrow('does not lead');
    expect(cluster.named).toBe('switcher-1');
    const stoodDown = vi.spyOn(leader.driver, 'standDown');
    const hungUp = vi.fn();
    leader.feed.onHangUp(hungUp);
    await cluster.run(standby, 13, 250); // the leader stands still for 3.25 s
    expect(standby.leads).toBe(true);
    expect(cluster.named).toBe('switcher-2');

    const { length } = cluster.said;
    await both(3);
    expect(leader.leads).toBe(false);
    expect(cluster.said.slice(length).filter((line) => line.startsWith('no longer leading'))).toHaveLength(1);
    expect(stoodDown).toHaveBeenCalledTimes(1);
    expect(hungUp).toHaveBeenCalledTimes(1);
    expect(cluster.named).toBe('switcher-2');
    await control.propose({ mode: 'loose' });
    await both(20);
    expect(control.status()).toMatchObject({ mode: 'loose' });

    await cluster.run(leader, 13, 250); // now the other one stands still
    expect(cluster.named).toBe('switcher-1');
  });

  it('does not say that it leads before it knows the open switches', async () => {
    const { cluster, engine, control } = await running();
    const { id } = accepted(await control.propose({ mode: 'loose' }));
    await engine.stop();
    const store = cluster.store();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const next = cluster.switcher({
      ...store,
      listSwitches: async (query) => {
        asked.resolve();
        await answer.promise;
        return store.listSwitches(query);
      },
    });
    await next.engine.lookout.look();
    const turn = next.engine.turn();
    await asked.promise;
    expect(next.control.status()).toMatchObject({ leader: { leads: false } });
    answer.resolve();
    await turn;
    expect(next.control.status()).toMatchObject({ leader: { leads: true }, switches: [{ id }] });
  });

  it('takes over anew when the store failed it right after it had gained the lead', async () => {
    const { cluster, engine, control } = await running();
    const { id } = accepted(await control.propose({ mode: 'loose' }));
    await engine.stop();
    const store = cluster.store();
    let failures = 1;
    const next = cluster.switcher({
      ...store,
      readState: () => (failures-- > 0 ? Promise.reject(new Error('store away')) : store.readState()),
    });
    await cluster.run(next.engine, 40);
    expect(await next.control.get(id)).toMatchObject({ outcome: 'committed' });
    expect(next.engine.driver.hosts()).toHaveLength(5);
  });

  it('does not take a retiring host for one that hangs in its start once its lease is given back', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ placements: { cart: 'service' } });
    await cluster.run(engine, 20);
    cluster.now += 60_000;
    await cluster.run(engine, 5);
    const { record } = cluster.host('cart-0');
    const killed: string[] = [];
    cluster.onKill = (host) => killed.push(host.record.instance);
    cluster.onStop = (host) => (host.obedient = false);
    await control.propose({ mode: 'tight' });
    await cluster.run(engine, 20);
    cluster.host('cart-0').silent = true;
    await cluster.store().releaseLease(record.instance, record.nonce);
    await cluster.run(engine, 3);
    expect(killed).toEqual([]);
  });

  it('watches over the end of a host that an earlier switcher had told to stop', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ placements: { cart: 'service' } });
    await cluster.run(engine, 20);
    const cart = cluster.host('cart-0');
    cart.obedient = false;
    await control.propose({ mode: 'tight' });
    await cluster.run(engine, 20);
    expect(cart.stopAsked).toBe(true);
    await engine.stop();
    const asked: string[] = [];
    cluster.onStop = ({ record }) => asked.push(record.instance);
    const next = cluster.switcher();
    await cluster.run(next.engine, 3);
    expect(asked).toEqual(['cart-0']);
    cart.obedient = true;
    await cluster.run(next.engine, 5);
    expect([...cluster.state.exits.values()]).toMatchObject([{ instance: 'cart-0', cause: 'retired' }]);
    expect(next.control.status().switches).toEqual([]);
  });

  it('writes every proposal and outcome into the audit log', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    const entries = await cluster.store().readAudit({ after: 0, limit: 100 });
    expect(entries.map(({ body }) => body.event)).toEqual([
      'committed',
      'ended',
      'proposed',
      'held',
      'committed',
      'trial',
      'ended',
    ]);
  });
});
