import type { ControlStore } from '@atlas/control-store';
import { expect, it } from 'vitest';
import { Cluster, SHOP } from './cluster.ts';

/** Counts calls by name. */
function counted(store: ControlStore, calls: Map<string, number>): ControlStore {
  const names = Object.keys(store) as (keyof ControlStore)[];
  const counting = names.map((name) => {
    const call = store[name] as (...args: unknown[]) => unknown;
    return [
      name,
      (...args: unknown[]) => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return call(...args);
      },
    ];
  });
  return Object.fromEntries(counting) as ControlStore;
}

it('a warm switch is saved before each of its effects and at its end, and never besides', async () => {
  const cluster = new Cluster();
  const calls = new Map<string, number>();
  const { engine, control } = cluster.switcher(counted(cluster.store(), calls), {
    ...SHOP,
    keepWarmMs: 3_600_000,
    trialMostMs: 0,
  });
  await cluster.run(engine);
  for (const mode of ['loose', 'tight'] as const) {
    await control.propose({ mode });
    await cluster.run(engine, 20);
  }
  calls.clear();
  const answer = await control.propose({ mode: 'loose' });
  await cluster.run(engine, 20);
  const { id } = 'switch' in answer ? answer.switch : { id: '' };
  expect((await control.get(id)).outcome).toBe('committed');
  const writes = ['saveSwitch', 'appendAudit', 'propose', 'commit', 'endTrial', 'markDrained'];
  expect(Object.fromEntries(writes.map((name) => [name, calls.get(name) ?? 0]))).toEqual({
    ...{ saveSwitch: 5, propose: 1, commit: 1, endTrial: 1, markDrained: 1 },
    appendAudit: 1, // that an operator's switch holds the brain
  });
  const said = (await control.audit(0, 1_000)).filter(({ body }) => body['switch'] === id);
  expect(said.map(({ body }) => body['event'])).toEqual(['proposed', 'committed', 'trial', 'ended']);
});
