import type { LayoutRecord } from '@atlas/control-layout';
import { createMemoryStore } from '@atlas/control-store';
import { expect, it } from 'vitest';
import { LayoutCache } from '../src/engine/observe.ts';
import { TIGHT } from './observations.ts';

it('reads each layout once, and keeps none that is needed no more', async () => {
  const read: number[] = [];
  const readLayout = async (epoch: number): Promise<LayoutRecord> => {
    read.push(epoch);
    return { epoch, layout: TIGHT };
  };
  const layouts = new LayoutCache({ ...createMemoryStore(), readLayout });
  for (let epoch = 1; epoch < 50; epoch += 1) {
    layouts.saw({ prepared: epoch + 1, preparedLayout: TIGHT });
    await layouts.need([epoch, epoch + 1]);
    await layouts.need([epoch, epoch + 1]);
    expect([layouts.get(epoch), layouts.get(epoch + 1)]).toEqual([
      { epoch, layout: TIGHT },
      { epoch: epoch + 1, layout: TIGHT },
    ]);
    expect(() => layouts.get(epoch - 1)).toThrow();
  }
  expect(read).toEqual([1]);
});
