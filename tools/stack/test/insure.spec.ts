import type { Status } from '@atlas/control-api';
import { expect, test, vi } from 'vitest';
import { ControlError, type Target } from '../src/control-client.ts';
import { insure } from '../src/insure.ts';

const TWO_BUNDLES = { tight: 400, tight2: 800, hybrid: 600, loose: 700 };
const { signal } = new AbortController();
const layout = {
  ...{ epoch: 1, mode: 'tight' as const, canary: {}, configVersion: 1, instances: { bundle: 1 } },
  placements: { cart: 'bundle', catalog: 'bundle', payment: 'bundle', shipping: 'bundle' } as const,
};

/** A switcher whose hosts are in this state at each look. */
function switcher(...looks: readonly Readonly<Record<string, string>>[]) {
  let look = 0;
  const hosts = (): unknown =>
    Object.entries(looks[Math.min(look++, looks.length - 1)] ?? {}).map(([instance, health]) => ({
      ...{ instance, health },
    }));
  const status = vi.fn(() => Promise.resolve({ layout, hosts: hosts() } as unknown as Status));
  const warm = vi.fn((target: Target) =>
    Promise.resolve({
      ...{ target: { ...layout, ...target } as never, until: '' },
      starts: [{ app: 'shop', instance: 'shop-1' }],
    }),
  );
  return { status, warm };
}

test('asks for what the brain insures, and waits until it is there', async () => {
  const control = switcher({}, {}, { 'shop-1': 'starting' }, { 'shop-1': 'reserve' });
  await insure(control, TWO_BUNDLES, signal);
  expect(control.warm.mock.calls).toEqual([
    [{ placements: layout.placements, instances: { bundle: 2 } }, signal],
  ]);
  expect(control.status).toHaveBeenCalledTimes(4);
});

test('asks for a bundle beside the services when two bundles are a rung on the way to them', async () => {
  const control = switcher({ 'shop-1': 'reserve' });
  await insure(control, { tight: 400, tight2: 600, hybrid: 700, loose: 1_000 }, signal);
  expect(control.warm.mock.calls[0]?.[0]).toMatchObject({ instances: { bundle: 2, payment: 1 } });
});

test('does without when the switcher refuses', async () => {
  const control = switcher({});
  control.warm.mockRejectedValue(new ControlError('held_by_freeze', 'frozen'));
  await expect(insure(control, TWO_BUNDLES, signal)).resolves.toBeUndefined();
});

test('asks for nothing where nothing bears more', async () => {
  const control = switcher({});
  await insure(control, { tight: 400, tight2: 300, hybrid: 300, loose: 300 }, signal);
  expect(control.warm).not.toHaveBeenCalled();
});
