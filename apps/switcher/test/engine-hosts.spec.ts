import type { HostRecord } from '@atlas/control-store';
import { describe, expect, it } from 'vitest';
import { hostViews } from '../src/engine/observe.ts';
import { Performer } from '../src/engine/performer.ts';
import type { HostView, Observation } from '../src/machine/index.ts';
import { Cluster } from './cluster.ts';
import { running } from './running.ts';

const keyOf = ({ instance, nonce }: HostRecord): string => `${instance}:${nonce}`;

/** Epoch 2 is in force, with shop-0 and shop-1. */
async function twoBundles() {
  const scene = await running();
  await scene.control.propose({ mode: 'tight', instances: { bundle: 2 } });
  await scene.cluster.run(scene.engine, 20);
  return scene;
}

describe('hosts under the engine', () => {
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

  it('ends a switch that leaves a bundle behind which hangs for ever, and the bundle', async () => {
    const { cluster, engine, control } = await twoBundles();
    const hung = cluster.host('shop-1');
    hung.silent = true;
    hung.roots['2'] = 1;
    await control.propose({ mode: 'tight' });
    await cluster.run(engine, 20, 1_000);
    expect(control.status().switches).toMatchObject([{ phase: 'draining' }]);
    expect(cluster.host('shop-1')).toBe(hung);
    await cluster.run(engine, 20, 1_000);
    expect(control.status()).toMatchObject({ epoch: 3, switches: [] });
    expect(cluster.state.live).toEqual([3]);
    expect(cluster.names()).toEqual(['shop-0']);
    expect(cluster.state.exits.get(keyOf(hung.record))).toMatchObject({ cause: 'unknown' });
  });

  it('kills the last bundle, when it hangs, only once another is ready in its place', async () => {
    const { cluster, engine } = await running();
    const killed: string[] = [];
    cluster.onKill = ({ record }) => killed.push(record.instance);
    cluster.host('shop-0').silent = true;
    cluster.coldStarts = true;
    await cluster.run(engine, 45, 1_000);
    expect(cluster.names()).toEqual(['shop-0', 'shop-1']);
    cluster.host('shop-1').health = 'ready';
    await cluster.run(engine, 5, 1_000);
    expect(killed).toEqual(['shop-0']);
    expect(cluster.names()).toEqual(['shop-1']);
  });

  it('counts a silence anew under a switcher that has just come, and after everything stood still', async () => {
    const { cluster, engine } = await twoBundles();
    const stuck = cluster.host('shop-1');
    stuck.silent = true;
    await cluster.run(engine, 20, 1_000);
    await engine.stop();
    cluster.now += 20_000;
    const next = cluster.switcher();
    await cluster.run(next.engine, 20, 1_000);
    cluster.now += 3_600_000; // the machine slept
    await cluster.run(next.engine, 25, 1_000);
    expect(cluster.host('shop-1')).toBe(stuck);
    await cluster.run(next.engine, 10, 1_000);
    expect(cluster.hosts.has(keyOf(stuck.record))).toBe(false);
  });

  it('kills and starts nobody when a machine that slept is awake again before all have renewed', async () => {
    const { cluster, engine, control } = await twoBundles();
    await control.propose({ mode: 'hybrid', instances: { bundle: 2 } });
    await cluster.run(engine, 35, 1_000);
    const before = [...cluster.hosts.keys()];
    cluster.now += 3_600_000;
    cluster.host('shop-1').silent = true; // as yet
    await cluster.beat();
    await engine.turn();
    await engine.turn();
    cluster.host('shop-1').silent = false;
    await cluster.run(engine, 5, 1_000);
    expect([...cluster.hosts.keys()]).toEqual(before);
  });

  it('takes none for stuck that something else runs', async () => {
    const { cluster } = await running();
    const { record } = cluster.host('shop-0');
    cluster.now += 60_000;
    const state = await cluster.store().readState();
    const seenAs = (createdAt: number | null) => {
      const driven = [{ ...record, createdAt, keptUntil: null, state: 'running' as const }];
      return hostViews(state, { now: state.storeNow, contactSince: 0 }, { driven, bundle: 'shop' });
    };
    expect(seenAs(record.createdAt)).toMatchObject([{ stuck: true }]);
    expect(seenAs(null)).toMatchObject([{ stuck: false }]);
  });

  it('kills what an earlier leader has fenced and could not kill', async () => {
    const { cluster, engine } = await running();
    const killed: string[] = [];
    cluster.onKill = ({ record }) => killed.push(record.instance);
    const { instance, nonce } = cluster.host('shop-0').record;
    const { lastToken } = cluster.state;
    await cluster.store().fence(lastToken, instance, nonce);
    await engine.turn();
    expect(killed).toEqual(['shop-0']);
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

  it('tells nobody to stop once many have fallen silent, though it was decided before', async () => {
    const { cluster, engine } = await running();
    const { store, leadership, driver, lookout } = engine;
    await driver.start('cart', 'cart-0');
    await cluster.beat();
    const calm = await lookout.look();
    const silent = ({ lease, ...host }: HostView) => ({ ...host, lease: lease && { ...lease, live: false } });
    let fresh: Observation = { ...calm, hosts: calm.hosts.map(silent) };
    const revert = async (): Promise<void> => undefined;
    const performer = new Performer({ store, leadership, driver, look: async () => fresh, revert });
    const { instance, nonce } = cluster.host('cart-0').record;
    await performer.perform({ kind: 'stop', instance, nonce });
    expect(cluster.host('cart-0').stopAsked).toBe(false);
    fresh = calm;
    await performer.perform({ kind: 'stop', instance, nonce });
    expect(cluster.host('cart-0').stopAsked).toBe(true);
  });

  it('does not take a retiring host for one that hangs in its start once its lease is given back', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ placements: { cart: 'service' } });
    await cluster.run(engine, 20);
    await cluster.run(engine, 35, 1_000);
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
});
