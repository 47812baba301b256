import { INITIAL_STATE, measuredPolicy, type DecisionState, type Observation } from '@atlas/brain-decision';
import type { Layout } from '@atlas/control-layout';
import { expect, test } from 'vitest';
import { Hindsight } from '../src/watch/hindsight.ts';
import type { Shape } from '../src/watch/thought.ts';
import { TIGHT } from './scene.ts';

const POLICY = measuredPolicy({ tight: 400, tight2: 560, hybrid: 700, loose: 1_000 });
const shapeOf = (services: readonly string[], bundle = 1): Layout => ({
  ...TIGHT.layout,
  placements: {
    cart: services.includes('cart') ? 'service' : 'bundle',
    catalog: services.includes('catalog') ? 'service' : 'bundle',
  },
  instances: { bundle, ...Object.fromEntries(services.map((each) => [each, 1])) },
});
const LOOSE = shapeOf(['cart', 'catalog']);
const ALL = { cart: 1, catalog: 1 };

/** What is remembered after one look after another; a look is what differs from a calm one, a second after the last. */
function looks(hindsight: Hindsight, ...all: readonly Partial<Shape>[]): DecisionState {
  let [state, epochBefore, atMs]: [DecisionState, number | undefined, number] = [INITIAL_STATE, undefined, 0];
  for (const change of all) {
    const shape: Shape = { ...TIGHT, ready: ALL, ...change };
    const { epoch, layout, crashed, ready } = shape;
    const told = { stress: { cart: 0.7, catalog: 0.3 }, strain: 0, borneRps: null, anomaly: null };
    const seen: Observation = { atMs, epoch, layout, rps: 1, crashed, ready, ...told };
    state = hindsight.learn(state, { seen, shape, epochBefore });
    [epochBefore, atMs] = [epoch, atMs + 1_000];
  }
  return state;
}
const whys = ({ takenBack = [] }: DecisionState): unknown[] =>
  takenBack.map(({ rung, why }) => `${rung} ${why}`);
const begun = (to: Layout): Hindsight => {
  const hindsight = new Hindsight(POLICY);
  hindsight.await(to);
  return hindsight;
};
/** The same epoch before, so that it is known when the shape is awaited. */
const after = (hindsight: Hindsight, ...all: readonly Partial<Shape>[]): unknown[] =>
  whys(looks(hindsight, { coming: LOOSE }, ...all));

test('H2: what was under way and is not any more, on the same epoch, was given up', () => {
  const hindsight = (): Hindsight => new Hindsight(POLICY);
  expect(after(hindsight(), {})).toEqual(['loose did not come into force']);
  expect(after(hindsight(), { coming: LOOSE }, {}, {})).toEqual(['loose did not come into force']);
  expect(after(hindsight(), { epoch: 4, layout: LOOSE })).toEqual([]);
  expect(after(hindsight(), { coming: shapeOf([], 2) }, { epoch: 4, layout: shapeOf([], 2) })).toEqual([]);
  expect(after(hindsight(), { layout: LOOSE })).toEqual([]);
});

test('H2: so was what the switcher took on and what is not to be seen at the next look', () => {
  const hindsight = new Hindsight(POLICY);
  expect(whys(looks(hindsight, {}))).toEqual([]);
  hindsight.await(shapeOf([], 2));
  const state = hindsight.learn(INITIAL_STATE, {
    seen: { ...looksSeen, ready: {} },
    shape: TIGHT,
    epochBefore: TIGHT.epoch,
  });
  expect(whys(state)).toEqual(['tight ×2 did not start']);
  expect(whys(looks(begun(LOOSE), {}))).toEqual([]);
});
const looksSeen: Observation = {
  ...{ atMs: 0, epoch: 3, layout: TIGHT.layout, rps: 1, crashed: [], ready: {} },
  ...{ stress: { cart: 0.7, catalog: 0.3 }, strain: 0, borneRps: null, anomaly: null },
};

test('H2: for its hosts that are not ready; what needs them, too, rests with it', () => {
  const missing = (ready: Record<string, number>): unknown[] => after(new Hindsight(POLICY), { ready });
  expect(missing({ catalog: 1 })).toEqual(['loose did not start', 'hybrid needs what loose failed with']);
  expect(missing({ cart: 1 })).toEqual(['loose did not start']);
  const two = (ready: Record<string, number>): unknown[] =>
    whys(looks(new Hindsight(POLICY), { coming: shapeOf([], 2), ready }, { ready }));
  expect(two({ bundle: 1 })).toEqual(['tight ×2 did not start']);
  expect(two({ bundle: 2 })).toEqual(['tight ×2 did not come into force']);
});

test('H1: a revert counts once, and what needs all that moved rests with it', () => {
  const hybrid = shapeOf(['cart']);
  const reverted = { epoch: 4, layout: hybrid };
  const state = looks(new Hindsight(POLICY), { epoch: 4, layout: hybrid, reverted }, { epoch: 5, reverted });
  expect(whys(state)).toEqual(['hybrid was taken back by its trial', 'loose needs what hybrid failed with']);
  expect(state.takenBack?.map(({ times }) => times)).toEqual([1, 1]);
});

test('H3: what was to be kept warm and is not ready in time does not start, said once', () => {
  const LATE_S = (6 * POLICY.startMs) / 1_000;
  const warmed = (...ready: readonly Shape['ready'][]): unknown[] => {
    const hindsight = new Hindsight(POLICY);
    hindsight.warm(LOOSE, 0);
    return whys(looks(hindsight, ...ready.map((each) => ({ ready: each }))));
  };
  const cold = Array.from({ length: LATE_S + 1 }, () => ({ catalog: 1 }));
  expect(warmed(...cold)).toEqual([]);
  const failed = ['loose did not start', 'hybrid needs what loose failed with'];
  expect(warmed(...cold, { catalog: 1 }, { catalog: 1 }, { catalog: 1 })).toEqual(failed);
  expect(warmed(...cold.slice(1), ALL, ...cold)).toEqual([]);
});

test('H4: a freeze says nothing of what it ends', () => {
  const autonomy = { ...TIGHT.autonomy, frozen: { since: 'now', reason: 'stocktaking' } };
  expect(after(new Hindsight(POLICY), { autonomy })).toEqual([]);
  const hindsight = new Hindsight(POLICY);
  hindsight.warm(LOOSE, -1e9);
  expect(whys(looks(hindsight, { autonomy, ready: {} }, { ready: {} }))).toEqual([]);
});
