import type { ControlStore, HostStore } from '../store.ts';

/** The same store, whose hints never arrive: everything must work by polling alone. */
export function withoutHints<Store extends HostStore | ControlStore>(store: Store): Store {
  return { ...store, watch: () => () => undefined };
}
