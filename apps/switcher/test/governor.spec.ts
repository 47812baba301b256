import { describe, expect, it } from 'vitest';
import { LEADER_TTL_MS } from '../src/engine/leadership.ts';
import { HOLD_MS, WAIT_MS } from '../src/machine/autonomy.ts';
import { Cluster, SHOP } from './cluster.ts';
import { FlakyLink } from './flaky-store.ts';
import { BROKEN, HYBRID, audited, refusedAs, states, waiting } from './governor-scene.ts';
import { running } from './running.ts';

describe('at its level the switcher', () => {
  it('refuses brain and emergency at 0, and says so in the audit log; an operator goes on', async () => {
    const scene = await running(0);
    const { control } = scene;
    await expect(control.propose(HYBRID)).rejects.toEqual(refusedAs('held_by_level'));
    await expect(control.propose({ ...HYBRID, source: 'emergency' })).rejects.toEqual(
      refusedAs('held_by_level'),
    );
    expect((await audited(scene)).at(-1)).toMatchObject({
      ...{ event: 'proposed', source: 'emergency', verdict: 'held_by_level', level: 0 },
    });
    expect(await control.propose({ ...HYBRID, dryRun: true })).toMatchObject({ kind: 'dry-run' });
    expect(await control.propose({ mode: 'hybrid' })).toMatchObject({ kind: 'accepted' });
  });

  it('writes a proposal down at 1, once however often it is asked', async () => {
    const scene = await running(1);
    const first = await waiting(scene);
    expect(first).toMatchObject({
      ...{ source: 'brain', reason: 'a surge comes', guardrails: [], basedOnEpoch: 1, state: 'waiting' },
      target: { mode: 'hybrid', instances: { bundle: 1, cart: 1, payment: 1 } },
    });
    expect(Date.parse(first.expiresAt) - Date.parse(first.at)).toBe(WAIT_MS);
    expect(await waiting(scene)).toEqual(first);
    expect(states(scene)).toEqual(['waiting']);
    await scene.cluster.run(scene.engine);
    expect(scene.control.status()).toMatchObject({ epoch: 1, switches: [] });
  });

  it('performs at 2 what only changes numbers', async () => {
    const scene = await running(2);
    const more = { mode: 'tight', instances: { bundle: 2 }, source: 'brain' } as const;
    await waiting(scene);
    expect(await scene.control.propose(more)).toMatchObject({ kind: 'accepted' });
  });

  it('performs at 3 what keeps the guardrails, and lets the rest wait; at 4 it refuses the rest', async () => {
    const scene = await running(3);
    const { control, cluster, engine } = scene;
    expect(await waiting(scene, BROKEN)).toMatchObject({ guardrails: ['too dear'] });
    await control.setLevel(4);
    await expect(control.propose(BROKEN)).rejects.toMatchObject({
      ...{ code: 'refused_by_policy', details: { reasons: ['too dear'] } },
    });
    expect(await control.propose({ ...BROKEN, source: 'emergency' })).toMatchObject({ kind: 'accepted' });
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ mode: 'hybrid' });
  });

  it('keeps the level that was set over restarts of the switcher, and begins anew with the stack', async () => {
    const { cluster, engine, control } = await running(4);
    expect(control.status().autonomy).toEqual({ level: 4, effective: 4, heldUntil: null, frozen: null });
    await engine.stop();
    const next = cluster.switcher(cluster.store(), { ...SHOP, autonomy: 2 });
    await cluster.run(next.engine);
    expect(next.control.status().autonomy.level).toBe(2);
    await next.control.setLevel(3);
    await next.engine.stop();
    const last = cluster.switcher(cluster.store(), { ...SHOP, autonomy: 0 });
    await cluster.run(last.engine);
    expect(last.control.status().autonomy.level).toBe(3);
    await last.control.freeze('stocktaking');
    await last.engine.stop();
    const anew = cluster.switcher(cluster.store(), { ...SHOP, autonomy: 0, start: 'another' });
    await cluster.run(anew.engine);
    expect(anew.control.status().autonomy).toMatchObject({ level: 0, frozen: { reason: 'stocktaking' } });
  });

  it('takes guardrails of brain and emergency only', async () => {
    const { control } = await running(4);
    await expect(control.propose({ mode: 'hybrid', guardrails: ['x'] })).rejects.toEqual(
      refusedAs('invalid_request'),
    );
  });
});

describe('an operator’s own switch', () => {
  it('holds the brain at 1 for ten minutes, not an emergency; setting the level ends it', async () => {
    const scene = await running(4);
    const { cluster, engine, control } = scene;
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    const { autonomy } = control.status();
    expect(autonomy).toMatchObject({ level: 4, effective: 1 });
    expect(Date.parse(autonomy.heldUntil ?? '')).toBeGreaterThan(cluster.now);
    await waiting(scene, { mode: 'loose', source: 'brain' });
    expect(await control.propose({ mode: 'loose', source: 'emergency' })).toMatchObject({ kind: 'accepted' });
    await cluster.run(engine, 20);
    cluster.now += HOLD_MS;
    await cluster.run(engine, 2);
    expect(control.status().autonomy).toMatchObject({ effective: 4, heldUntil: null });
    await control.rollback({});
    await cluster.run(engine, 20);
    expect(control.status().autonomy.effective).toBe(1);
    expect(await control.setLevel(4)).toEqual({ level: 4, effective: 4, heldUntil: null, frozen: null });
  });

  it.each([0, 1, 2, 3])(
    'holds also when its switcher dies after %i writes, and another one is asked again',
    async (after) => {
      const cluster = new Cluster();
      const link = new FlakyLink();
      const first = cluster.switcher(link.over(cluster.store()));
      await cluster.run(first.engine);
      link.arm({ after, effect: false, dead: true });
      await first.control.propose({ mode: 'hybrid' }, 'once').catch(() => undefined);
      cluster.now += LEADER_TTL_MS;
      const next = cluster.switcher();
      await cluster.run(next.engine, 1);
      expect(await next.control.propose({ mode: 'hybrid' }, 'once')).toMatchObject({ kind: 'accepted' });
      expect(next.control.status().autonomy).toMatchObject({ level: 4, effective: 1 });
    },
  );

  it('that is aborted holds too; one that changes nothing, or is refused, does not', async () => {
    const { cluster, engine, control } = await running(4);
    await control.propose({ mode: 'tight' });
    await expect(control.propose({ mode: 'tight', instances: { bundle: 20 } })).rejects.toEqual(
      refusedAs('refused_by_policy'),
    );
    expect(control.status().autonomy.effective).toBe(4);
    cluster.coldStarts = true;
    const answer = await control.propose(HYBRID);
    await cluster.run(engine, 3);
    expect(control.status().autonomy.effective).toBe(4);
    const aborting = control.abort('switch' in answer ? answer.switch.id : '', 'no');
    await cluster.run(engine, 3);
    await aborting;
    expect(control.status().autonomy.effective).toBe(1);
  });
});

describe('a freeze', () => {
  it('refuses brain and emergency, and no operator; unfrozen they go on', async () => {
    const { control } = await running(4);
    expect(await control.freeze('stocktaking')).toMatchObject({ frozen: { reason: 'stocktaking' } });
    for (const source of ['brain', 'emergency'] as const) {
      await expect(control.propose({ mode: 'hybrid', source })).rejects.toEqual(refusedAs('held_by_freeze'));
    }
    await control.unfreeze();
    expect(await control.propose(HYBRID)).toMatchObject({ kind: 'accepted' });
  });

  it('aborts their switch that is still before its commit, also when the switcher dies right after it', async () => {
    const { cluster, engine, control } = await running(4);
    cluster.coldStarts = true;
    const answer = await control.propose(HYBRID);
    await cluster.run(engine, 3);
    expect(control.status().switches).toMatchObject([{ phase: 'preparing' }]);
    await control.freeze('stocktaking');
    await engine.stop();
    const next = cluster.switcher(cluster.store(), { ...SHOP, autonomy: 4 });
    await cluster.run(next.engine, 20);
    const id = 'switch' in answer ? answer.switch.id : '';
    expect(await next.control.get(id)).toMatchObject({
      ...{ outcome: 'aborted', abort: { detail: 'an operator froze it: stocktaking' } },
    });
    expect(next.control.status()).toMatchObject({ epoch: 1, mode: 'tight' });
  });

  it('touches no operator’s switch', async () => {
    const { cluster, engine, control } = await running(4);
    await control.propose({ mode: 'hybrid' });
    await control.freeze('');
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ mode: 'hybrid' });
  });
});
