import { describe, expect, it } from 'vitest';
import { WAIT_MS } from '../src/machine/autonomy.ts';
import { Cluster, SHOP } from './cluster.ts';
import { FlakyLink } from './flaky-store.ts';
import { BROKEN, HYBRID, audited, refusedAs, states, waiting } from './governor-scene.ts';
import { running } from './running.ts';

describe('a proposal that waits', () => {
  it('becomes a switch of its id when a person approves it, which does not hold the brain', async () => {
    const scene = await running(3);
    const { cluster, engine, control } = scene;
    const { id } = await waiting(scene, BROKEN);
    expect(await control.approve(id)).toMatchObject({ kind: 'accepted', switch: { id, source: 'brain' } });
    await expect(control.approve(id)).rejects.toEqual(refusedAs('already_ended'));
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ mode: 'hybrid', autonomy: { effective: 3 } });
    expect(states(scene)).toEqual(['approved']);
    expect((await audited(scene)).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['waiting', 'proposed', 'approved', 'committed']),
    );
  });

  it('is refused when a person rejects it, and the same wish with it for as long', async () => {
    const scene = await running(1);
    const { control, cluster, engine } = scene;
    const { id } = await waiting(scene);
    expect(await control.reject(id)).toMatchObject({ state: 'rejected' });
    await expect(control.approve(id)).rejects.toEqual(refusedAs('already_ended'));
    await expect(control.propose(HYBRID)).rejects.toEqual(refusedAs('refused_by_policy'));
    await waiting(scene, { mode: 'loose', source: 'brain' });
    cluster.now += WAIT_MS;
    await cluster.run(engine, 2);
    expect((await waiting(scene)).id).not.toBe(id);
  });

  describe('whose approval has taken it on, and was not written down to its end', () => {
    const half = async () => {
      const cluster = new Cluster();
      const link = new FlakyLink();
      const made = cluster.switcher(link.over(cluster.store()), { ...SHOP, autonomy: 1 });
      await cluster.run(made.engine);
      const scene = { cluster, ...made };
      const { id } = await waiting(scene);
      link.arm({ after: 1, effect: false, dead: false });
      await expect(made.control.approve(id)).rejects.toThrow('the link broke');
      return { ...scene, id };
    };

    it('is not rejected any more', async () => {
      const scene = await half();
      await expect(scene.control.reject(scene.id)).rejects.toEqual(refusedAs('already_ended'));
      expect(states(scene)).toEqual(['approved']);
      await scene.cluster.run(scene.engine, 20);
      expect(await scene.control.get(scene.id)).toMatchObject({ outcome: 'committed' });
    });

    it('is approved with the switch that it has become', async () => {
      const scene = await half();
      await scene.cluster.run(scene.engine, 20);
      expect(await scene.control.get(scene.id)).toMatchObject({ outcome: 'committed' });
      expect(states(scene)).toEqual(['approved']);
      const told = (await audited(scene)).filter(({ proposal }) => proposal === scene.id);
      expect(told.map(({ event }) => event)).toEqual(['waiting', 'approved']);
    });
  });

  it('expires with the epoch that it was based on, or after ten minutes, and says so', async () => {
    const scene = await running(1);
    const { control, cluster, engine } = scene;
    const told: unknown[] = [];
    engine.feed.listen(({ event, data }) => event === 'proposal' && told.push(data));
    const first = await waiting(scene);
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 20);
    await expect(control.approve(first.id)).rejects.toEqual(refusedAs('already_ended'));
    const second = await waiting(scene);
    cluster.now += WAIT_MS;
    await cluster.run(engine, 2);
    await expect(control.approve(second.id)).rejects.toEqual(refusedAs('already_ended'));
    expect(states(scene)).toEqual(['expired', 'expired']);
    expect(told).toMatchObject([
      { id: first.id, state: 'waiting' },
      { id: first.id, state: 'expired' },
      { id: second.id, state: 'waiting' },
      { id: second.id, state: 'expired' },
    ]);
  });

  it('is not approved while it is frozen, stays when another switch is in its way, and is unknown by another id', async () => {
    const scene = await running(1);
    const { control } = scene;
    const { id } = await waiting(scene);
    await control.freeze('stocktaking');
    await expect(control.approve(id)).rejects.toEqual(refusedAs('held_by_freeze'));
    await control.unfreeze();
    await control.propose({ mode: 'loose' });
    await expect(control.approve(id)).rejects.toEqual(refusedAs('switch_in_progress'));
    expect(states(scene)).toEqual(['waiting']);
    await expect(control.reject('sw-moon')).rejects.toEqual(refusedAs('proposal_not_found'));
  });

  it('is one for one key, whatever became of it', async () => {
    const scene = await running(1);
    const { control } = scene;
    const first = await control.propose(HYBRID, 'k');
    expect(await control.propose(HYBRID, 'k')).toEqual(first);
    await expect(control.propose({ ...HYBRID, reason: 'another' }, 'k')).rejects.toEqual(
      refusedAs('idempotency_key_reused'),
    );
    const [{ id } = { id: '' }] = control.proposals();
    await control.approve(id);
    expect(await control.propose(HYBRID, 'k')).toMatchObject({ kind: 'accepted', switch: { id } });
  });

  it('waits on with the next switcher', async () => {
    const scene = await running(1);
    const { id } = await waiting(scene);
    await scene.engine.stop();
    const next = scene.cluster.switcher();
    await scene.cluster.run(next.engine, 2);
    expect(await next.control.approve(id)).toMatchObject({ kind: 'accepted' });
  });
});
