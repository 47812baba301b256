import type { AgentRuntime } from '@atlas/control-agent';
import type { CouplingRuntime } from '@atlas/coupling-runtime';
import type { HeldLayouts } from './held-layouts.ts';
import type { Pools } from './pools.ts';
import type { Warmth } from './warmth.ts';

/**
 * The runtime as the control agent steers it; keeps `layouts` as they are held, with the pools' sizes after them, and
 * tells `onChange` of it, and `onCurrent` of each epoch that new roots run under. Before a layout is held it is warm for it.
 */
export function followingRuntime(
  runtime: CouplingRuntime,
  { layouts, pools }: { readonly layouts: HeldLayouts; readonly pools: Pools },
  onChange: () => void,
  onCurrent: (epoch: number) => void,
  warmth: Pick<Warmth, 'before'>,
): AgentRuntime {
  const changed = (): void => {
    pools.follow(layouts.layouts());
    onChange();
  };
  return {
    async prepare(record) {
      await pools.prepare(record.layout, layouts.layouts());
      await warmth.before(record);
    },
    install(record) {
      runtime.install(record);
      if (layouts.add(record.epoch, record.layout)) changed();
    },
    holds: (epoch) => runtime.holds(epoch),
    held: () => runtime.held(),
    setCurrent(epoch) {
      runtime.setCurrent(epoch);
      onCurrent(epoch);
    },
    get current() {
      return runtime.current;
    },
    forget(epoch) {
      const forgotten = runtime.forget(epoch);
      if (forgotten && layouts.drop(epoch)) changed();
      return forgotten;
    },
    openRoots: () => runtime.openRoots(),
    onDrained: (listener) => runtime.onDrained(listener),
    setEndpoints: (endpoints) => runtime.setEndpoints(endpoints),
    setExits: (exits) => runtime.setExits(exits),
    setTrial: (trial) => runtime.setTrial(trial),
    onTrial: (listener) => runtime.onTrial(listener),
    tally: () => runtime.tally(),
  };
}
