import type { Layout } from '@atlas/control-layout';
import type { Lease } from '../src/index.ts';

export const tight: Layout = {
  placements: { cart: 'bundle', payment: 'bundle' },
  instances: { bundle: 1 },
  canary: {},
  configVersion: 1,
};
export const hybrid: Layout = {
  placements: { cart: 'service', payment: 'bundle' },
  instances: { bundle: 1, cart: 1 },
  canary: {},
  configVersion: 1,
};

export const leaseOf = (instance: string, more: Partial<Lease> = {}): Lease => ({
  instance,
  nonce: `${instance}-nonce`,
  kind: 'bundle',
  modules: ['cart', 'payment'],
  rpc: '127.0.0.1:1',
  metricsUrl: null,
  pid: 1,
  build: 'b',
  contractHash: 'c',
  health: 'ready',
  acked: [],
  closedThrough: null,
  roots: {},
  rssMb: 1,
  memoryLimitMb: 512,
  ...more,
});

/** Repeats a read until the check holds; keeps the last failure. */
export async function assertEventually(check: () => Promise<void> | void, withinMs = 8_000): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
