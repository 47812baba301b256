import type { AgentRuntime } from '@atlas/control-agent';
import type { CouplingRuntime } from '@atlas/coupling-runtime';
import type { HeldLayouts } from './held-layouts.ts';

/**
 * The runtime as the control agent steers it; keeps `layouts` as they are held and tells `onChange` of it: pool sizes
 * and metrics follow them.
 */
export function followingRuntime(
  runtime: CouplingRuntime,
  layouts: HeldLayouts,
  onChange: () => void,
): AgentRuntime {
  return {
    install(record) {
      runtime.install(record);
      if (layouts.add(record.epoch, record.layout)) onChange();
    },
    holds: (epoch) => runtime.holds(epoch),
    held: () => runtime.held(),
    setCurrent: (epoch) => runtime.setCurrent(epoch),
    get current() {
      return runtime.current;
    },
    forget(epoch) {
      const forgotten = runtime.forget(epoch);
      if (forgotten && layouts.drop(epoch)) onChange();
      return forgotten;
    },
    openRoots: () => runtime.openRoots(),
    onDrained: (listener) => runtime.onDrained(listener),
    setEndpoints: (endpoints) => runtime.setEndpoints(endpoints),
    setExits: (exits) => runtime.setExits(exits),
  };
}
