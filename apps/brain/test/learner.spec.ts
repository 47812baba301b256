import type { HostLook, Round } from '@atlas/brain-collector';
import { flawsOfCosts } from '@atlas/brain-optimiser';
import { expect, test } from 'vitest';
import { Learner } from '../src/costs/learner.ts';
import type { Shape } from '../src/watch/thought.ts';
import { MODULES, TIGHT } from './scene.ts';

const SITE = { cores: 4, coreHourUsd: 0.04, hostHourUsd: 0.005, mostInstances: 4 };
const INTENT = { latency_p99_ms: 200, daily_cost_usd: 50, availability: 99.9, replicas: 8 };
const OWN = { modules: MODULES, site: SITE, intent: INTENT, machine: 'card ×4', build: 'b1' };
/** Nothing was kept. */
function newLearner(): Learner {
  const learner = new Learner(OWN);
  learner.recall(undefined, 0);
  return learner;
}
const LOOSE: Shape = {
  ...TIGHT,
  epoch: 4,
  layout: { ...TIGHT.layout, placements: { cart: 'service', catalog: 'service' } },
};

const timed = { timed: 10, seconds: 0.02 };
const call = (caller: string | undefined, module: string, remote: boolean, calls: number) => ({
  ...{ caller, module, operation: 'get', remote, calls, ...timed },
});

/** A second in which a bundle answers so many requests of 4 ms; each calls cart, which calls catalog twice. */
function shopAt(rps: number, cpu: number): HostLook {
  return {
    instance: 'shop-0',
    app: 'shop',
    rates: {
      cpu,
      io: {},
      operations: {
        'cart.get': {
          ...{ arrivals: rps, requests: rps, clientErrors: 0, serverErrors: 0, time: rps * 0.004 },
          upTo: { '0.005': rps * 0.98, '0.01': rps, '+Inf': rps },
        },
        'edge.probe': {
          ...{ arrivals: 99, requests: 99, clientErrors: 0, serverErrors: 0, time: 9 },
          upTo: { '+Inf': 99 },
        },
      },
    },
    gauges: { residentBytes: 1, loopDelayS: 0, waiting: {}, logLagS: {} },
    work: {
      seconds: 1,
      cpuS: cpu,
      calls: [call('edge', 'cart', false, rps), call('cart', 'catalog', false, 2 * rps)],
    },
  };
}
const round = (second: number, looks: readonly HostLook[], flaws: Round['flaws'] = []): Round => ({
  ...{ at: second * 1_000, covered: true, looks, flaws },
});

function seeing(learner: Learner, seconds: number, of: (second: number) => [Round, Shape | undefined]): void {
  for (let second = 0; second < seconds; second += 1) learner.see(...of(second));
}

test('L3: nothing is known before enough was seen; then calls per request, CPU and latency are', () => {
  const learner = newLearner();
  seeing(learner, 4, (second) => [round(second, [shopAt(100, 0.2)]), TIGHT]);
  expect(learner.known()).toBeUndefined();
  learner.see(round(4, [shopAt(100, 0.2)]), TIGHT);
  const { costs, site, intent } = learner.known() ?? {};
  if (!costs || !site) throw new Error('nothing is known');
  expect({ site, intent }).toEqual({ site: SITE, intent: INTENT });
  expect(flawsOfCosts(costs, site)).toEqual([]);
  expect(costs.calls).toMatchObject([
    { from: 'edge', to: 'cart', perRoot: expect.closeTo(1, 1) as number },
    { from: 'cart', to: 'catalog', perRoot: expect.closeTo(2, 0) as number },
  ]);
  const own = Object.values(costs.modules).flatMap(({ operations }) => Object.values(operations));
  const cpuMs = costs.edgeCpuMs + own.reduce((sum, { perRoot, cpuMs: each }) => sum + perRoot * each, 0);
  expect(cpuMs).toBeGreaterThan(1.5);
  expect(cpuMs).toBeLessThan(2.2);
});

test('latency is fitted to six windows, and says what it rests on', () => {
  const learner = newLearner();
  seeing(learner, 30, tightly);
  expect(learner.known()).toMatchObject({ windows: 1, fit: null });
  for (let second = 30; second < 40; second += 1) learner.see(...tightly(second));
  const { costs, windows, fit } = learner.known() ?? {};
  expect(windows).toBe(7);
  expect(costs?.waitMs).toBeGreaterThan(0);
  expect(fit?.predictedMs).toBeCloseTo(fit?.measuredMs ?? NaN, 1);
});

test('L1: what a switch, its trial or a start takes is not learned', () => {
  const learner = newLearner();
  seeing(learner, 40, (second) => [tightly(second)[0], { ...TIGHT, unsettled: true }]);
  expect(learner.known()).toBeUndefined();
});

test('latency is that of the shape in force as soon as there is enough of it, till then of all', () => {
  const learner = newLearner();
  seeing(learner, 60, tightly);
  const tight = learner.known()?.fit?.measuredMs ?? NaN;
  const slower = (second: number): [Round, Shape] => {
    const look = shopAt(100, 0.2);
    const operations = { 'cart.get': { ...slowly } };
    return [round(second, [{ ...look, rates: { ...look.rates, operations } }]), { ...LOOSE, epoch: 5 }];
  };
  const slowly = {
    ...{ arrivals: 100, requests: 100, clientErrors: 0, serverErrors: 0, time: 40 },
    upTo: { '0.5': 90, '1': 100, '+Inf': 100 },
  };
  for (let second = 60; second < 88; second += 1) learner.see(...slower(second));
  expect(learner.known()?.fit?.measuredMs).toBeCloseTo(tight);
  for (let second = 88; second < 130; second += 1) learner.see(...slower(second));
  expect(learner.known()?.fit?.measuredMs).toBeGreaterThan(500);
});

test('few answers are put together until 1 in 100 of them means something', () => {
  const learner = newLearner();
  seeing(learner, 180, (second) => [round(second, [shopAt(4, 0.01)]), TIGHT]);
  expect(learner.known()?.windows).toBe(11);
});

test('while too few answers come to fit it anew, latency stays as it was fitted, and so does what is said of the fit', () => {
  const learner = newLearner();
  seeing(learner, 60, tightly);
  for (let second = 60; second < 400; second += 1) learner.see(round(second, [shopAt(1, 0.002)]), TIGHT);
  const { costs, fit, learnedAtMs } = learner.known() ?? {};
  expect(learnedAtMs).toBeGreaterThan(350_000);
  expect(fit).not.toBeNull();
  expect(costs?.waitMs).toBeGreaterThan(0);
});

test('L1: looks with a flaw, of other hosts or of another epoch are not put together', () => {
  const other = { ...shopAt(100, 0.2), instance: 'shop-1' };
  const never: Record<string, (second: number) => [Round, Shape | undefined]> = {
    flaw: (second) => [
      round(second, [shopAt(100, 0.2)], second % 4 ? [] : [{ instance: 'shop-0', flaw: 'late' }]),
      TIGHT,
    ],
    hosts: (second) => [round(second, second % 4 ? [shopAt(100, 0.2)] : [other]), TIGHT],
    epoch: (second) => [round(second, [shopAt(100, 0.2)]), { ...TIGHT, epoch: second >> 2 }],
    nobody: (second) => [round(second, [shopAt(100, 0.2)]), second % 4 ? TIGHT : undefined],
  };
  for (const of of Object.values(never)) {
    const learner = newLearner();
    seeing(learner, 40, of);
    expect(learner.known()).toBeUndefined();
  }
});

/** A bundle that calls cart on another host, 1 ms each, of which 0.05 ms are cart's. */
function remotely(second: number): [Round, Shape] {
  const cart: HostLook = {
    ...shopAt(0, 0.3),
    ...{ instance: 'cart-0', app: 'cart' },
    work: { seconds: 1, cpuS: 0.3, calls: [{ ...call(undefined, 'cart', true, 100), seconds: 0.005 }] },
  };
  const bundle = shopAt(100, 0.3);
  const calling = { ...bundle.work, calls: [{ ...call('edge', 'cart', true, 100), seconds: 0.1 }] };
  return [round(second, [{ ...bundle, work: calling }, cart]), LOOSE];
}
const tightly = (second: number): [Round, Shape] => [round(second, [shopAt(100, 0.2)]), TIGHT];
const wayMs = (learner: Learner): number => learner.known()?.costs.remoteCall.latencyMs ?? 0;

test('L2: what remote calls cost is not forgotten while the shop is tight again', () => {
  const learner = newLearner();
  seeing(learner, 60, remotely);
  expect(wayMs(learner)).toBeGreaterThan(1);
  for (let second = 60; second < 1_200; second += 1) learner.see(...tightly(second));
  expect(wayMs(learner)).toBeGreaterThan(1);
});

/** A learner that is killed, and its successor, which is told what was kept. */
function restarted(learner: Learner, atMs: number): Learner {
  const kept: unknown = JSON.parse(JSON.stringify(learner.toKeep()));
  const next = new Learner(OWN);
  expect(next.recall(kept, atMs)).toBe(true);
  return next;
}

test('L6: after a restart costs are known at once, and what nobody does any more is not forgotten', () => {
  const learner = newLearner();
  seeing(learner, 60, remotely);
  const next = restarted(learner, 61_000);
  expect(next.known()).toEqual(learner.known());
  for (let second = 100; second < 200; second += 1) next.see(...tightly(second));
  expect(next.known()?.learnedAtMs).toBeGreaterThan(100_000);
  expect(wayMs(next)).toBeGreaterThan(1);
  expect(next.known()?.costs.calls).toMatchObject([{ to: 'cart' }, { from: 'cart', to: 'catalog' }]);
});

test('L6: the record of crashes goes on, and who was down at the restart has not crashed again', () => {
  const learner = newLearner();
  seeing(learner, 20, (second) => [tightly(second)[0], { ...TIGHT, crashed: second < 10 ? [] : ['cart'] }]);
  const next = restarted(learner, 21_000);
  next.see(round(22, [shopAt(100, 0.2)]), { ...TIGHT, crashed: ['cart'] });
  for (let second = 23; second < 60; second += 1) next.see(...tightly(second));
  expect(next.known()?.costs.modules['cart']?.crashesPerDay).toBeCloseTo(2 / 30, 3);
});

test('L6: it is kept as soon as something is known, every five minutes, and when a module goes down', () => {
  const learner = newLearner();
  const keptAt: number[] = [];
  for (let second = 0; second < 900; second += 1) {
    learner.see(tightly(second)[0], { ...TIGHT, crashed: second >= 400 && second < 450 ? ['cart'] : [] });
    const kept = learner.toKeep();
    if (!kept) continue;
    learner.kept(kept);
    keptAt.push(second);
  }
  expect(keptAt).toEqual([4, 304, 400, 450, 750]);
});

test('L6: a shop of other modules, or another machine, begins anew', () => {
  const learner = newLearner();
  seeing(learner, 60, tightly);
  const elsewhere = new Learner({ ...OWN, machine: 'card ×8' });
  expect(elsewhere.recall(learner.toKeep(), 60_000)).toBe(false);
  expect(elsewhere.known()).toBeUndefined();
});

test('L6: costs of another build are learned from, and no more; its record of crashes counts a quarter', () => {
  const learner = newLearner();
  seeing(learner, 60, (second) => [remotely(second)[0], { ...LOOSE, crashed: [] }]);
  const next = new Learner({ ...OWN, build: 'b2' });
  expect(next.recall(JSON.parse(JSON.stringify(learner.toKeep())), 61_000)).toBe(true);
  expect(next.known()).toBeUndefined();
  for (let second = 100; second < 200; second += 1) next.see(...tightly(second));
  expect(wayMs(next)).toBeGreaterThan(1);
});

test('L7: what was kept is not written over before it is known, and joins what was seen meanwhile', () => {
  const learner = newLearner();
  seeing(learner, 20, (second) => [tightly(second)[0], { ...TIGHT, crashed: second < 10 ? [] : ['cart'] }]);
  const kept: unknown = JSON.parse(JSON.stringify(learner.toKeep()));
  const next = new Learner(OWN);
  seeing(next, 40, tightly);
  expect({ forgetful: next.forgetful, toKeep: next.toKeep() }).toEqual({
    forgetful: true,
    toKeep: undefined,
  });
  const fresh = next.known();
  expect(next.recall(kept, 41_000)).toBe(true);
  expect(next.known()).toEqual(fresh);
  expect(next.toKeep()?.record.crashes).toEqual({ cart: 1 });
});

test('L5: a module that has no well process any more has crashed once, however long it is away', () => {
  const learner = newLearner();
  seeing(learner, 40, (second) => [
    round(second, [shopAt(100, 0.2)]),
    { ...TIGHT, crashed: second >= 10 && second < 20 ? ['cart'] : [] },
  ]);
  seeing(learner, 70, (second) => [round(100 + second, [shopAt(100, 0.2)]), TIGHT]);
  const { cart, catalog } = learner.known()?.costs.modules ?? {};
  expect(cart?.crashesPerDay).toBeCloseTo(2 / 30, 3);
  expect(catalog?.crashesPerDay).toBeCloseTo(1 / 30, 3);
});
