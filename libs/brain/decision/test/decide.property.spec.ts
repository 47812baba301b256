import type { Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, INITIAL_STATE, measuredPolicy, moved, PAPER, rungOf, type Decision } from '../src/index.ts';
import { EACH, flat, HALF, MINUTE, MODULES, on, seenAt } from './scene.ts';

const rate = fc.oneof(fc.nat(20_000), fc.nat(2_000), fc.double({ min: 0, max: 20_000, noNaN: true }));
const policies = fc
  .array(fc.integer({ min: 50, max: 9_000 }), { minLength: 4, maxLength: 4 })
  .map(([tight = 1, tight2 = 1, hybrid = 1, loose = 1]) => measuredPolicy({ tight, tight2, hybrid, loose }));
const situations = fc.record({
  policy: fc.oneof(fc.constant(PAPER), policies),
  rungDraw: fc.nat(100),
  rps: rate,
  outlook: fc.record({ in5Rps: rate, in15Rps: rate, in60Rps: rate }),
  anomaly: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  crashed: fc.oneof(fc.constant([]), fc.subarray(MODULES)),
  strain: fc.constantFrom(0, 0, 0.8),
  ready: fc.constantFrom({}, EACH, HALF),
  borneRps: fc.option(rate),
  state: fc.record({
    lowSinceMs: fc.option(fc.integer({ min: 0, max: 100 * MINUTE })),
    movedAtMs: fc.option(fc.integer({ min: 0, max: 100 * MINUTE })),
    takenBack: fc.array(
      fc.record({
        rung: fc.constantFrom('tight', 'tight ×2', 'hybrid', 'loose'),
        epoch: fc.nat(9),
        late: fc.boolean(),
        times: fc.integer({ min: 1, max: 9 }),
        atMs: fc.integer({ min: 0, max: 100 * MINUTE }),
      }),
      { maxLength: 3 },
    ),
  }),
});
type Drawn = typeof situations extends fc.Arbitrary<infer T> ? T : never;
const layoutIn = ({ policy, rungDraw }: Drawn): Layout => on(rungDraw % policy.rungs.length, policy);
const targetOf = ({ proposal }: Decision, at: number): number =>
  proposal.kind === 'move' ? proposal.rung : at;

test('T1: in a crash or an anomaly the shop is on the emergency rung at least, whatever else holds', () => {
  fc.assert(
    fc.property(situations, (drawn) => {
      const layout = layoutIn(drawn);
      const at = rungOf(layout, drawn.policy);
      const seen = seenAt(drawn.rps, { layout, anomaly: drawn.anomaly, crashed: drawn.crashed });
      const decision = decide(seen, drawn.outlook, drawn.policy, drawn.state);
      const trouble = drawn.crashed.length > 0 || (drawn.anomaly ?? 0) > drawn.policy.anomalyAbove;
      if (trouble)
        expect(targetOf(decision, at)).toBeGreaterThanOrEqual(Math.max(at, drawn.policy.emergencyRung));
    }),
  );
});

test('T4: more load never means a lighter shape, but for one that is warm on the way', () => {
  fc.assert(
    fc.property(situations, fc.double({ min: 1, max: 5, noNaN: true }), (drawn, more) => {
      const layout = layoutIn(drawn);
      const at = rungOf(layout, drawn.policy);
      const { outlook, policy, state, anomaly, crashed, strain, borneRps, ready } = drawn;
      const same = { layout, anomaly, crashed, strain, borneRps, ready };
      const heavier = {
        in5Rps: outlook.in5Rps * more,
        in15Rps: outlook.in15Rps * more,
        in60Rps: outlook.in60Rps * more,
      };
      const less = decide(seenAt(drawn.rps, same), outlook, policy, state);
      const heavy = decide(seenAt(drawn.rps * more, same), heavier, policy, state);
      const because = heavy.rules.find(({ name }) => name === heavy.rule)?.because ?? '';
      const onTheWay = because.includes('would have to start first');
      const least = onTheWay ? Math.min(at + 1, targetOf(less, at)) : targetOf(less, at);
      expect(targetOf(heavy, at)).toBeGreaterThanOrEqual(least);
    }),
    { numRuns: 1_000 },
  );
});

test('T2: a load that swings at will makes one move per cool-down at the most, but for emergencies, whatever is refused', () => {
  const step = fc.record({ rps: rate, accepted: fc.boolean() });
  fc.assert(
    fc.property(policies, fc.array(step, { minLength: 50, maxLength: 200 }), (policy, load) => {
      let [layout, state, last] = [on(0, policy), INITIAL_STATE, Number.NEGATIVE_INFINITY];
      load.forEach(({ rps, accepted }, i) => {
        const seen = seenAt(rps, { atMs: i * 20_000, layout });
        const decision = decide(seen, flat(rps), policy, state);
        state = decision.state;
        const { proposal } = decision;
        if (proposal.kind !== 'move' || !accepted) return;
        if (proposal.source === 'brain') expect(seen.atMs - last).toBeGreaterThanOrEqual(policy.coolDownMs);
        last = seen.atMs;
        layout = proposal.to;
        state = moved(seen.atMs);
      });
    }),
  );
});

test('T9: the same inputs decide the same, and exactly one rule decides first', () => {
  fc.assert(
    fc.property(situations, (drawn) => {
      const seen = seenAt(drawn.rps, {
        layout: layoutIn(drawn),
        anomaly: drawn.anomaly,
        crashed: drawn.crashed,
        strain: drawn.strain,
        ready: drawn.ready,
      });
      const [one, two] = [0, 1].map(() => decide(seen, drawn.outlook, drawn.policy, drawn.state));
      expect(one).toEqual(two);
      expect(one?.rules.find(({ fired }) => fired)?.name).toBe(one?.rule);
    }),
  );
});
