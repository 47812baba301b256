import type { AgentRuntime } from '@atlas/control-agent';
import type { Layout } from '@atlas/control-layout';
import type { CouplingRuntime } from '@atlas/coupling-runtime';

/**
 * The runtime as the control agent steers it, telling `onLayouts` which layouts are held whenever that changes: pool
 * sizes and metrics follow them.
 */
export function followingRuntime(
  runtime: CouplingRuntime,
  onLayouts: (held: ReadonlyMap<number, Layout>) => void,
): AgentRuntime {
  const held = new Map<number, Layout>();
  return {
    install(record) {
      runtime.install(record);
      if (held.has(record.epoch)) return;
      held.set(record.epoch, record.layout);
      onLayouts(held);
    },
    holds: (epoch) => runtime.holds(epoch),
    held: () => runtime.held(),
    setCurrent: (epoch) => runtime.setCurrent(epoch),
    get current() {
      return runtime.current;
    },
    forget(epoch) {
      const forgotten = runtime.forget(epoch);
      if (forgotten && held.delete(epoch)) onLayouts(held);
      return forgotten;
    },
    openRoots: () => runtime.openRoots(),
    onDrained: (listener) => runtime.onDrained(listener),
    setEndpoints: (endpoints) => runtime.setEndpoints(endpoints),
    setExits: (exits) => runtime.setExits(exits),
  };
}
