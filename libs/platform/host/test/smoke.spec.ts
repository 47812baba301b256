import { createCoupling, defineContract, implement, operation } from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { afterEach, expect, it, vi } from 'vitest';
import { isToppable, lackingCalls, SmokeCalls } from '../src/smoke.ts';

afterEach(() => void vi.useRealTimers());

it('tops an operation up to 60 calls within 4 s, and no more than real traffic lacks', () => {
  expect(lackingCalls({ calls: 0 }, 0)).toBe(0);
  expect(lackingCalls({ calls: 10 }, 2_000)).toBe(20);
  expect(lackingCalls({ calls: 0 }, 60_000)).toBe(60);
  expect(lackingCalls({ calls: 75 }, 60_000)).toBe(0);
});

it('calls what an epoch on trial lacks, as roots that are none of the traffic', async () => {
  vi.useFakeTimers();
  const contract = defineContract('echo', {
    say: operation({ kind: 'read', input: Type.Null(), output: Type.Null(), errors: [], deadlineMs: 1_000 }),
  });
  const coupling = createCoupling({
    host: { instance: 'shop-0', nonce: 'abcdef0123456789', kind: 'bundle', modules: ['echo'] },
    toppable: isToppable,
  });
  coupling.register(implement(contract, { say: () => Promise.resolve(null) }));
  const layout = { placements: { echo: 'bundle' }, instances: { bundle: 1 }, canary: {}, configVersion: 1 };
  coupling.install({ epoch: 1, layout } as never);
  coupling.setCurrent(1);
  coupling.setTrial({ epoch: 1, modules: ['echo'] });
  const smoke = new SmokeCalls({ contracts: [contract], coupling, trials: coupling });
  await vi.advanceTimersByTimeAsync(1_000);
  const tally = coupling.tally();
  smoke.stop();
  await coupling.close();
  expect(tally?.operations['echo.say']?.now.calls).toBeGreaterThan(0);
  expect(tally?.roots?.count).toBe(0);
});
