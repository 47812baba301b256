/** What a switcher says, as `atlasctl` gets to see it. */

export const SWITCH = {
  id: 'sw-1',
  kind: 'switch',
  source: 'operator',
  reason: 'busy',
  phase: 'planned',
  outcome: null as string | null,
  done: false,
  fromEpoch: 1,
  epoch: null,
  from: 'tight',
  to: 'hybrid',
  prepareMs: null,
  routedMs: null,
  drainMs: null,
  decidedAt: 1_000,
  abort: null as { code: string; detail: string } | null,
};
export const STATUS = {
  layout: { placements: { cart: 'service', catalog: 'bundle' }, instances: { bundle: 2, cart: 1 } },
  mode: 'hybrid',
  epoch: 4,
  preparedEpoch: null,
  liveEpochs: [3, 4],
  hosts: [
    {
      instance: 'shop-0',
      nonce: 'a',
      pid: 12,
      health: 'ready',
      stopping: false,
      rpc: '127.0.0.1:1',
      acked: [3, 4],
      roots: { '3': 2 },
      rssMb: 90.4,
    },
  ],
  switches: [],
  frozen: false,
  autonomy: { level: 4, effective: 4, heldUntil: null, frozen: null },
  prewarm: null,
  leader: { holder: 'h', leads: true },
  store: { contact: true, ageMs: 3 },
};

export const AUTONOMY = {
  level: 4,
  effective: 1,
  heldUntil: '2026-11-25T12:00:00.000Z',
  frozen: { since: '2026-11-25T11:00:00.000Z', reason: 'stocktaking' },
};
export const PROPOSAL = {
  ...{ id: 'sw-9', at: '1970-01-01T00:00:02.000Z', expiresAt: '1970-01-01T00:10:02.000Z', source: 'brain' },
  ...{ reason: 'a surge comes', guardrails: ['too dear'], basedOnEpoch: 4, state: 'waiting' },
  target: {
    ...{ mode: 'hybrid', placements: { cart: 'service', catalog: 'bundle' }, canary: {}, configVersion: 1 },
    instances: { bundle: 2, cart: 3 },
  },
};
