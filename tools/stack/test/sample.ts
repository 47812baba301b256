/** What a small run looks like, for tests of report and view. */
import type { AuditResult } from '@atlas/auditor';
import type { LatencySummary, ProgressLine, SummaryLine } from '@atlas/load';
import type { SwitchView } from '@atlas/control-api';
import type { ReportInput } from '../src/report.ts';

const latency: LatencySummary = { requests: 50, failed: 0, p50Ms: 3.1415, p99Ms: 20.2 };

export const sampleSummary: SummaryLine = {
  type: 'summary',
  at: 1_000_000,
  stoppedEarly: false,
  seconds: 120,
  meanRps: 130.5,
  peakRps: 300,
  requests: 100,
  failed: 0,
  p50Ms: 3,
  p99Ms: 20,
  failures: { network: 0, timeout: 0, server_error: 0, unexpected_status: 0, wrong_answer: 0 },
  byMode: { tight: latency, hybrid: latency },
  byStep: {},
  writeShare: 0.25,
  paidShare: 0.04,
  cards: { tok_ok: 3 },
  orders: { paid: 4, declined: 1, outOfStock: 0, pending: 0, unsettled: 0 },
  checkoutBusy: 0.7,
  sendDelayP99Ms: 1,
};

export const sampleAudit: AuditResult = {
  lostOrders: 0,
  duplicateCharges: 0,
  mixedEpochRoots: 0,
  negativeStock: 0,
  stockMismatch: 0,
  coverage: 1,
  ok: true,
  problems: [],
  checked: {
    ...{ hosts: 2, logged: 100, clientRequests: 100, roots: 100, calls: 200, serves: 200 },
    ...{ orders: 4, charges: 4 },
  },
};

export const sampleSwitch: SwitchView = {
  id: 'sw-1',
  kind: 'switch',
  source: 'operator',
  reason: 'step 1',
  phase: 'ended',
  outcome: 'committed',
  done: true,
  fromEpoch: 1,
  epoch: 2,
  from: 'tight',
  to: 'hybrid',
  fromPlacements: { cart: 'bundle', payment: 'bundle' },
  toPlacements: { cart: 'service', payment: 'bundle' },
  fromInstances: { bundle: 1 },
  toInstances: { bundle: 2, cart: 1 },
  prepareMs: 800,
  routedMs: 40,
  drainMs: 90,
  decidedAt: 900_000,
  committedAt: 900_800,
  endedAt: 900_900,
  abort: null,
  trial: null,
};

export const sampleInput: ReportInput = {
  scenario: 'tour',
  seed: 7,
  commit: 'abc',
  build: 'build-1',
  startedAt: new Date(0),
  summary: sampleSummary,
  calibration: undefined,
  switches: [sampleSwitch],
  costs: { tight: { cpuMsPerRequest: 4.567, pssMb: 301.26 } },
  audit: sampleAudit,
  commitsDuringCheckout: 1,
  troubles: [],
};

export const sampleProgress: ProgressLine = {
  type: 'progress',
  at: 1_000_000,
  elapsedS: 60,
  fraction: 0.5,
  rps: 131,
  plannedRps: 130,
  p50Ms: 2.4,
  p99Ms: 18.9,
  requests: 12_345,
  failed: 0,
  paid: 400,
  inFlight: 3,
  checkoutsInFlight: 1,
  checkoutBusy: 0.8,
  pendingOrders: 0,
  epoch: 2,
  mode: 'hybrid',
};
