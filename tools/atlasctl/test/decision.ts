/** What a brain says of one decision, as `atlasctl explain` gets to see it. */

const COSTS = {
  edgeCpuMs: 0.412,
  modules: {
    catalog: { operations: { get: { perRoot: 0.5, cpuMs: 0.2 } }, crashesPerDay: 0.1 },
    cart: {
      operations: Object.fromEntries(
        ['add', 'get', 'pay', 'put', 'sum'].map((name, i) => [name, { perRoot: 0.25, cpuMs: i }]),
      ),
      crashesPerDay: 0.0333,
    },
  },
  calls: [
    { from: 'edge', to: 'cart', perRoot: 0.8 },
    { from: 'edge', to: 'catalog', perRoot: 1.25 },
    { from: 'cart', to: 'catalog', perRoot: 0.04 },
  ],
  localCall: { cpuMs: 0.0005 },
  remoteCall: { callerCpuMs: 0.05, calleeCpuMs: 0.06, latencyMs: 0.2 },
  ...{ waitMs: 123.4, tail: 4.6, restartS: 3, failoverS: 0.5 },
};

const LAYOUT = { placements: { cart: 'service', catalog: 'bundle' }, instances: { bundle: 1, cart: 2 } };

export const DECISION = {
  autonomy: { level: 4, effective: 1, heldUntil: '2026-11-25T12:00:00.000Z', frozen: null },
  guardrails: ['2 hosts, at most 1'],
  outcome: { kind: 'waiting', proposalId: 'p-1' },
  forecasts: [{ horizonMin: 5, experts: [{ name: 'trend', weight: 0.42 }] }],
  counsel: {
    proposal: { kind: 'move', to: LAYOUT },
    by: ['table'],
    weighed: { learnedAtMs: 1_000, costs: COSTS, windows: 27, fit: { measuredMs: 145.2, predictedMs: 139 } },
    trust: { table: 0.5, optimiser: 0.25, forecast: 0.25 },
    heard: [
      { advisor: 'optimiser', silent: 'has no costs yet' },
      {
        advisor: 'forecast',
        advice: { to: { placements: { cart: 'bundle' }, instances: { bundle: 2 } }, because: 'up to 900' },
      },
    ],
    judged: { atMs: 0, predictedMs: 12, measuredMs: 30.4, losses: { table: 0, forecast: 0.125 } },
  },
  ...{ id: 7, at: 1_000, policy: 'paper', observation: { rps: 1_200, epoch: 4 } },
  outlook: { in5Rps: 1_300, in15Rps: 9.5, in60Rps: 20 },
  decision: {
    rule: 'rise',
    proposal: { kind: 'move', to: LAYOUT },
    rules: [{ name: 'rise', fired: true, because: '1300 requests/s within 5 minutes' }],
  },
  plan: { starts: [{ app: 'cart', instance: 'cart-0' }], stops: [], moves: [], refusals: ['no room'] },
  otherwise: [
    { input: 'rps', value: 1_200, flipsAt: 999.6, to: 'stay' },
    { input: 'crashed', value: 1, flipsAt: 0, to: 'rise to hybrid' },
  ],
};
