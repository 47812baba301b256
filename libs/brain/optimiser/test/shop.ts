import type { Situation } from '../src/index.ts';

/** A shop of four modules with costs of the size that was measured of ours (docs/benchmarks). */
export const SHOP: Situation = {
  costs: {
    edgeCpuMs: 0.1,
    modules: {
      catalog: { operations: { list: { perRoot: 0.6, cpuMs: 0.5 } }, crashesPerDay: 0.1 },
      cart: {
        operations: { view: { perRoot: 0.3, cpuMs: 0.4 }, checkOut: { perRoot: 0.05, cpuMs: 3 } },
        crashesPerDay: 0.1,
      },
      payment: { operations: { charge: { perRoot: 0.05, cpuMs: 1 } }, crashesPerDay: 0.1 },
      shipping: { operations: { ship: { perRoot: 0.05, cpuMs: 1 } }, crashesPerDay: 0.1 },
    },
    calls: [
      { from: 'edge', to: 'catalog', perRoot: 0.6 },
      { from: 'edge', to: 'cart', perRoot: 0.35 },
      { from: 'cart', to: 'catalog', perRoot: 0.1 },
      { from: 'cart', to: 'payment', perRoot: 0.05 },
      { from: 'cart', to: 'shipping', perRoot: 0.05 },
    ],
    localCall: { cpuMs: 0.001 },
    remoteCall: { callerCpuMs: 0.03, calleeCpuMs: 0.03, latencyMs: 0.2 },
    waitMs: 2,
    tail: 4.6,
    restartS: 3,
    failoverS: 0.2,
  },
  site: { cores: 4, coreHourUsd: 0.04, hostHourUsd: 0.005, mostInstances: 4 },
  rps: 300,
};
