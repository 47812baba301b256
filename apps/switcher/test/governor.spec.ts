import { describe, expect, it } from 'vitest';
import type { Control } from '../src/engine/control.ts';
import type { Engine } from '../src/engine/engine.ts';
import { LEADER_TTL_MS } from '../src/engine/leadership.ts';
import { HOLD_MS, WAIT_MS } from '../src/machine/autonomy.ts';
import type { Level } from '../src/machine/index.ts';
import { Cluster, SHOP } from './cluster.ts';
import { FlakyLink } from './flaky-store.ts';

interface Scene {
  readonly cluster: Cluster;
  readonly engine: Engine;
  readonly control: Control;
}

async function running(level: Level): Promise<Scene> {
  const cluster = new Cluster();
  const made = cluster.switcher(cluster.store(), { ...SHOP, autonomy: level });
  await cluster.run(made.engine);
  return { cluster, ...made };
}

const HYBRID = { mode: 'hybrid', source: 'brain', reason: 'a surge comes' } as const;
const BROKEN = { ...HYBRID, guardrails: ['too dear'] };

async function waiting({ control }: Scene, wish: Parameters<Control['propose']>[0] = HYBRID) {
  const answer = await control.propose(wish);
  if (answer.kind !== 'waiting') throw new Error(`it is ${answer.kind}`);
  return answer.waiting;
}
const states = ({ control }: Scene) => control.proposals().map(({ state }) => state);
const audited = async ({ cluster }: Scene) =>
  (await cluster.store().readAudit({ after: 0, limit: 100 })).map(({ body }) => body);
const refusedAs = (code: string) => expect.objectContaining({ code });

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
