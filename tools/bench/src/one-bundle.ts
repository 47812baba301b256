import type { Layout } from '@atlas/control-layout';
import {
  createCoupling,
  type CouplingRuntime,
  type ModuleImplementation,
  type RuntimeOptions,
} from '@atlas/coupling-runtime';

/** A layout with every one of these modules in the bundle. */
export const tightLayout = (modules: readonly string[]): Layout => ({
  placements: Object.fromEntries(modules.map((module) => [module, 'bundle'])),
  instances: { bundle: 1 },
  canary: {},
  configVersion: 1,
});

/** A bundle that serves these modules itself, with its first epoch in force. */
export function oneBundle(
  implementations: readonly ModuleImplementation[],
  options: Omit<RuntimeOptions, 'host'> = {},
): CouplingRuntime {
  const modules = implementations.map(({ contract }) => contract.module);
  const host = { instance: 'bench-0', nonce: 'be9c4000be9c4000', kind: 'bundle', modules } as const;
  const coupling = createCoupling({ host, ...options });
  for (const implementation of implementations) coupling.register(implementation);
  coupling.install({ epoch: 1, layout: tightLayout(modules) });
  coupling.setCurrent(1);
  return coupling;
}

/** Roots are admitted at once here: nothing of a bench stands still for a lease. */
export function admitNow(coupling: CouplingRuntime, label: string) {
  const admission = coupling.admit({ label });
  if (admission instanceof Promise) throw new Error('a root had to wait');
  return admission;
}
