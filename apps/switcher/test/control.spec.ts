import { describe, expect, it } from 'vitest';
import { accepted, running } from './running.ts';

describe('what the control takes and refuses', () => {
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

  it('goes a step further back though hosts that the first rollback has left without work still end', async () => {
    const { cluster, engine, control } = await running();
    for (const mode of ['hybrid', 'loose'] as const) {
      await control.propose({ mode });
      await cluster.run(engine, 20);
    }
    for (const name of ['catalog-0', 'shipping-0']) cluster.host(name).obedient = false;
    const first = accepted(await control.rollback({}));
    await cluster.run(engine, 20);
    expect(await control.get(first.id)).toMatchObject({ outcome: 'committed', phase: 'retiring' });
    await control.rollback({});
    await cluster.run(engine, 20);
    expect(control.status().mode).toBe('tight');
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

  it('changes nothing for the abort of a switch that was aborted already', async () => {
    const { cluster, engine, control } = await running();
    cluster.coldStarts = true;
    const { id } = accepted(await control.propose({ mode: 'loose', source: 'brain' }));
    await cluster.run(engine, 3);
    await control.freeze('stocktaking');
    await cluster.run(engine, 3);
    await control.unfreeze();
    expect(await control.abort(id, 'too late')).toMatchObject({
      outcome: 'aborted',
      abort: { code: 'operator' },
    });
    await cluster.run(engine);
    expect(engine.lookout.last?.abortRequests).toEqual([]);
    expect(control.status().autonomy.heldUntil).toBeNull();
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
});
