import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  firstCosts,
  flawsOfCosts,
  learnCosts,
  type Costs,
  type Counted,
  type HostWindow,
} from '../src/index.ts';
import { leastSquares } from '../src/least-squares.ts';
import { SHOP } from './shop.ts';

const positive = fc.double({ min: 0.1, max: 10, noNaN: true });
const equations = fc.integer({ min: 1, max: 6 }).chain((n) =>
  fc.record({
    truth: fc.array(positive, { minLength: n, maxLength: n }),
    prior: fc.array(positive, { minLength: n, maxLength: n }),
    features: fc.array(
      fc.array(fc.oneof(fc.nat(100), fc.double({ min: 0, max: 100, noNaN: true })), {
        ...{ minLength: n, maxLength: n },
      }),
      {
        maxLength: 40,
      },
    ),
  }),
);

const squares = (rows: readonly { features: number[]; value: number }[], x: readonly number[]): number =>
  rows.reduce(
    (sum, { features, value }) => sum + (features.reduce((s, f, i) => s + f * (x[i] ?? 0), 0) - value) ** 2,
    0,
  );

test('least squares: never negative, and never a worse fit than the prior', () => {
  fc.assert(
    fc.property(
      equations,
      fc.array(fc.oneof(fc.nat(1_000), fc.double({ min: 0, max: 1_000, noNaN: true }))),
      ({ prior, features }, values) => {
        const rows = features.map((row, i) => ({ features: row, value: values[i] ?? 0 }));
        const x = leastSquares(rows, prior);
        expect(x.every((value) => value >= 0)).toBe(true);
        expect(squares(rows, x)).toBeLessThanOrEqual(squares(rows, prior) * (1 + 1e-6) + 1e-6);
      },
    ),
  );
});

test('least squares: unknowns that vary on their own are found', () => {
  fc.assert(
    fc.property(equations, ({ truth, prior }) => {
      const rows = truth.flatMap((value, i) => [
        { features: truth.map((_, j) => (j === i ? 1 : 0)), value },
        { features: truth.map(() => 0.1), value: 0.1 * truth.reduce((a, b) => a + b, 0) },
      ]);
      leastSquares(rows, prior).forEach((value, i) => {
        expect(Math.abs(value - (truth[i] ?? 0))).toBeLessThan(
          0.02 * (truth[i] ?? 0) + 0.02 * (prior[i] ?? 0),
        );
      });
    }),
  );
});

test('least squares: what no row speaks of keeps its prior', () => {
  expect(leastSquares([], [3, 4])).toEqual([3, 4]);
  expect(leastSquares([{ features: [2, 0], value: 2 }], [1, 4])[1]).toBe(4);
});

const COSTS: Costs = SHOP.costs;
const OPERATIONS = Object.entries(COSTS.modules).flatMap(([module, { operations }]) =>
  Object.entries(operations).map(([name, { cpuMs }]) => ({ name: `${module}.${name}`, cpuMs })),
);

interface Did {
  readonly roots: number;
  readonly calls: readonly number[];
  readonly sent: number;
  readonly received: number;
  readonly local: number;
}

/** A window of a host whose CPU is what these costs say. */
function windowOf({ roots, calls, sent, received, local }: Did): HostWindow {
  const { edgeCpuMs, localCall, remoteCall } = COSTS;
  const handled = OPERATIONS.reduce((sum, { cpuMs }, i) => sum + cpuMs * (calls[i] ?? 0), 0);
  const calling = local * localCall.cpuMs + sent * remoteCall.callerCpuMs + received * remoteCall.calleeCpuMs;
  const cpuMs = roots * edgeCpuMs + handled + calling + 5 * 10;
  return {
    seconds: 10,
    cpuS: cpuMs / 1_000,
    roots,
    handled: Object.fromEntries(OPERATIONS.map(({ name }, i) => [name, calls[i] ?? 0])),
    localCalls: local,
    sentCalls: sent,
    receivedCalls: received,
  };
}

const many = fc.integer({ min: 0, max: 20_000 });
const windows = fc.array(
  fc.record({
    roots: many,
    calls: fc.array(many, { minLength: OPERATIONS.length, maxLength: OPERATIONS.length }),
    sent: many,
    received: many,
    local: many,
  }),
  { minLength: 60, maxLength: 80 },
);
const NOTHING: Counted = {
  windows: [],
  roots: 0,
  rootsS: 0,
  edges: [],
  remote: { calls: 0, callerS: 0, calleeS: 0 },
  crashes: {},
  days: 0,
};
const UNTIMED = { timed: 0, seconds: 0 };
/** The same shop, believed to cost something else. */
const wrongly = (factor: number): Costs => ({
  ...COSTS,
  edgeCpuMs: COSTS.edgeCpuMs * factor,
  modules: Object.fromEntries(
    Object.entries(COSTS.modules).map(([module, costs]) => [
      module,
      {
        ...costs,
        operations: Object.fromEntries(
          Object.entries(costs.operations).map(([name, { perRoot, cpuMs }]) => [
            name,
            { perRoot, cpuMs: cpuMs * factor },
          ]),
        ),
      },
    ]),
  ),
});
const cpuOf = (costs: Costs): number[] =>
  Object.values(costs.modules).flatMap(({ operations }) =>
    Object.values(operations).map(({ cpuMs }) => cpuMs),
  );

test('CPU per operation is found again from the CPU of hosts that did different things', () => {
  fc.assert(
    fc.property(windows, fc.constantFrom(0.3, 1, 3), (did, factor) => {
      const learned = learnCosts({ ...NOTHING, windows: did.map(windowOf) }, wrongly(factor));
      cpuOf(learned).forEach((cpuMs, i) => {
        const truth = cpuOf(COSTS)[i] ?? 0;
        expect(Math.abs(cpuMs - truth)).toBeLessThan(0.05 * truth);
      });
    }),
    { numRuns: 20 },
  );
});

test('N1: what was never seen keeps its prior, and the result can always be searched with', () => {
  expect(learnCosts(NOTHING, COSTS)).toEqual(COSTS);
  const garbage = fc.record({
    seconds: fc.double(),
    cpuS: fc.double(),
    roots: many,
    handled: fc.constant({}),
    localCalls: many,
    sentCalls: many,
    receivedCalls: many,
  });
  fc.assert(
    fc.property(fc.array(garbage), (found) => {
      const learned = learnCosts({ ...NOTHING, windows: found }, COSTS);
      expect(flawsOfCosts(learned, SHOP.site)).toEqual([]);
    }),
  );
});

test('calls per root, time on the way and crashes come from what was counted, the prior fading', () => {
  const counted: Counted = {
    ...NOTHING,
    roots: 9_980,
    edges: [
      { from: 'edge', to: 'catalog', operation: 'list', calls: 19_988, ...UNTIMED },
      { from: 'shipping', to: 'cart', operation: 'view', calls: 10_000, ...UNTIMED },
      { from: 'edge', to: 'unknown', operation: 'x', calls: 7, ...UNTIMED },
    ],
    // 0.2 ms of the prior for 20 calls; 0.03 ms of CPU on either side.
    remote: { calls: 980, callerS: 2 + 0.06 * 0.98, calleeS: 1.504 },
    crashes: { payment: 33 },
    days: 30,
  };
  const learned = learnCosts(counted, COSTS);
  const perRoot = (from: string, to: string) =>
    learned.calls.find((call) => call.from === from && call.to === to)?.perRoot;
  expect(perRoot('edge', 'catalog')).toBeCloseTo(2);
  expect(perRoot('shipping', 'cart')).toBeCloseTo(1);
  expect(perRoot('edge', 'unknown')).toBeUndefined();
  expect(learned.modules.catalog?.operations.list?.perRoot).toBeCloseTo(2);
  expect(learned.remoteCall.latencyMs).toBeCloseTo(0.5);
  expect(learned.modules.payment?.crashesPerDay).toBeCloseTo(0.6);
  expect(learned.modules.cart?.crashesPerDay).toBeCloseTo(0.05);
});

test('first, CPU is shared out by the time spent in each operation, without that of its calls', () => {
  const counted: Counted = {
    ...NOTHING,
    windows: [windowOf({ roots: 0, calls: [], sent: 0, received: 0, local: 0 })].map((window) => ({
      ...window,
      cpuS: 0.05 + 8,
    })),
    roots: 1_000,
    rootsS: 9,
    edges: [
      { from: 'edge', to: 'cart', operation: 'view', calls: 1_000, timed: 100, seconds: 0.5 },
      { from: 'cart', to: 'catalog', operation: 'list', calls: 2_000, timed: 100, seconds: 0.15 },
    ],
  };
  const { edgeCpuMs, modules } = firstCosts(counted, ['cart', 'catalog', 'shipping']);
  // Of 9 s, 5 are in cart, of which 3 are in catalog: 4 + 2 + 3 share 8 s of CPU.
  expect(edgeCpuMs).toBeCloseTo((8_000 * 4) / 9 / 1_000);
  expect(modules['cart']?.operations['view']?.cpuMs).toBeCloseTo((8_000 * 2) / 9 / 1_000);
  expect(modules['catalog']?.operations['list']).toMatchObject({ perRoot: 2 });
  expect(modules['catalog']?.operations['list']?.cpuMs).toBeCloseTo((8_000 * 3) / 9 / 2_000);
  expect(modules['shipping']?.operations).toEqual({});
});
