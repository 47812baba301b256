import {
  decide,
  INITIAL_STATE,
  layoutOf,
  PAPER,
  type DecisionState,
  type Observation,
  type Outlook,
} from '@atlas/brain-decision';
import { predict } from '@atlas/brain-optimiser';
import { tightLayout, type Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  consult,
  firstTrust,
  forecastAdvisor,
  judge,
  mayOutweigh,
  optimiserAdvisor,
  updateTrust,
  weigh,
  type Advice,
  type Advisor,
  type Heard,
  type Known,
  type Question,
} from '../src/index.ts';

const MODULES = ['cart', 'catalog', 'payment', 'shipping'];
const TIGHT = tightLayout(MODULES);
const rung = (index: number): Layout => {
  const found = PAPER.rungs[index];
  if (!found) throw new Error(`there is no rung ${index}`);
  return layoutOf(found, TIGHT, ['cart', 'catalog']);
};
const [HYBRID, LOOSE] = [rung(1), rung(2)];
const TRUST = firstTrust(['optimiser', 'forecast']);
/** Who has been right for long. */
const TRUSTED = { table: 0.2, optimiser: 0.5, forecast: 0.3 };

const flat = (rps: number): Outlook => ({ in5Rps: rps, in15Rps: rps, in60Rps: rps });

function questionAt(
  rps: number,
  change: Partial<Observation> = {},
  state: DecisionState = INITIAL_STATE,
): Question {
  const seen: Observation = {
    atMs: 1e9,
    epoch: 3,
    layout: TIGHT,
    rps,
    stress: { cart: 0.4, catalog: 0.3, payment: 0.2, shipping: 0.1 },
    strain: 0,
    borneRps: null,
    anomaly: 0,
    crashed: [],
    ready: {},
    ...change,
  };
  const outlook = flat(rps);
  return {
    seen,
    outlook,
    high: flat(1.2 * rps),
    policy: PAPER,
    state,
    table: decide(seen, outlook, PAPER, state),
  };
}

const says = (advisor: string, to: Layout, confidence = 1): Heard => ({
  advisor,
  advice: { to, confidence, because: 'so' },
  silent: undefined,
});

test('without advice the choice is the table’s', () => {
  for (const rps of [100, 2_000, 9_000]) {
    const question = questionAt(rps);
    const { proposal, by } = weigh(question, [], TRUST);
    expect({ proposal, by }).toEqual({ proposal: question.table.proposal, by: ['table'] });
  }
});

test('an advisor that is trusted more than the table is heard, one that is not is not', () => {
  const question = questionAt(500);
  expect(weigh(question, [says('optimiser', HYBRID)], TRUST).proposal.kind).toBe('none');
  const choice = weigh(question, [says('optimiser', HYBRID)], TRUSTED);
  expect(choice).toMatchObject({
    proposal: { kind: 'move', source: 'brain', to: HYBRID },
    by: ['optimiser'],
  });
});

test('trust in those who agree adds up; a tie is the table’s', () => {
  const both = [says('optimiser', HYBRID), says('forecast', HYBRID)];
  expect(weigh(questionAt(500), both, TRUST).by).toEqual(['table']);
  expect(weigh(questionAt(500), both, { ...TRUST, table: 0.49 }).by).toEqual(['optimiser', 'forecast']);
});

test('trusted advisors may hold a move of the table back', () => {
  const choice = weigh(questionAt(2_000), [says('optimiser', TIGHT)], TRUSTED);
  expect(choice).toMatchObject({ proposal: { kind: 'none' }, by: ['optimiser'] });
});

test('A1: an emergency is not discussed', () => {
  const question = questionAt(500, { crashed: ['cart'] });
  const choice = weigh(question, [says('optimiser', TIGHT), says('forecast', HYBRID)], TRUSTED);
  expect(choice.proposal).toEqual(question.table.proposal);
});

test('A1: nor is it on the rung that it goes to: nobody moves a loose shop in a crash or an anomaly', () => {
  const bundles = { ...HYBRID, instances: { ...HYBRID.instances, bundle: 3 } };
  const wishes = [says('optimiser', bundles), says('forecast', bundles)];
  const choiceIn = (change: Partial<Observation>) =>
    weigh(questionAt(500, { layout: LOOSE, ...change }), wishes, TRUSTED);
  for (const trouble of [{ crashed: ['cart'] }, { anomaly: 0.9 }])
    expect(choiceIn(trouble)).toMatchObject({ proposal: { kind: 'none' }, by: ['table'] });
  expect(choiceIn({}).by).toEqual(['optimiser', 'forecast']);
});

test('A2: within the cool-down nobody is heard', () => {
  const question = questionAt(500, {}, { lowSinceMs: null, movedAtMs: 1e9 - 1 });
  expect(weigh(question, [says('optimiser', LOOSE)], TRUSTED).proposal.kind).toBe('none');
});

test('A2: nobody but the table goes to fewer hosts', () => {
  const question = questionAt(6_000, { layout: LOOSE });
  expect(weigh(question, [says('optimiser', TIGHT)], TRUSTED).proposal.kind).toBe('none');
});

test('a layout that is none is not heard', () => {
  const absurd = { ...TIGHT, instances: { bundle: 99 } };
  expect(weigh(questionAt(500), [says('optimiser', absurd)], TRUSTED).by).toEqual(['table']);
});

const layouts = fc.constantFrom(TIGHT, HYBRID, LOOSE);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const answers = fc.record({ optimiser: layouts, forecast: layouts, one: share, other: share });

test('A3: a silent advisor changes nothing', () => {
  fc.assert(
    fc.property(answers, fc.integer({ min: 1, max: 9_000 }), ({ optimiser, forecast, one, other }, rps) => {
      const spoken = [says('optimiser', optimiser, one), says('forecast', forecast, other)];
      const silent: Heard = { advisor: 'third', advice: undefined, silent: 'has no costs yet' };
      const trust = { ...TRUSTED, third: 5 };
      expect(weigh(questionAt(rps), [silent, ...spoken], trust)).toEqual(
        weigh(questionAt(rps), spoken, TRUSTED),
      );
    }),
  );
});

test('whom the table outweighs together change no choice, whatever they say; others may', () => {
  const parts = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(
      answers,
      fc.tuple(parts, parts, parts),
      fc.integer({ min: 1, max: 9_000 }),
      ({ optimiser, forecast, one, other }, [table, first, second], rps) => {
        const trust = { table, optimiser: first, forecast: second };
        const heard = [says('optimiser', optimiser, one), says('forecast', forecast, other)];
        const alone = weigh(questionAt(rps), [], trust).proposal;
        if (mayOutweigh(trust)) {
          const both = [says('optimiser', HYBRID), says('forecast', HYBRID)];
          expect(weigh(questionAt(500), both, trust).by).toEqual(['optimiser', 'forecast']);
        } else expect(weigh(questionAt(rps), heard, trust).proposal).toEqual(alone);
      },
    ),
  );
});

const HYBRID_ADVICE: Advice = { to: HYBRID, confidence: 1, because: 'so' };
const advisor = (name: string, advise: Advisor['advise']): Advisor => ({ name, advise });

test('slow, failing, senseless and speechless advisors are silent, and the rest is heard in time', async () => {
  const signals: AbortSignal[] = [];
  const started = performance.now();
  const heard = await consult(
    [
      advisor('slow', (_, signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      }),
      advisor('failing', () => {
        throw new Error('no model');
      }),
      advisor('rejecting', () => Promise.reject(new Error('no answer'))),
      advisor('senseless', () => ({ ...HYBRID_ADVICE, confidence: NaN })),
      advisor('speechless', () => 'has no model'),
      advisor('good', () => HYBRID_ADVICE),
    ],
    questionAt(500),
    20,
  );
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(signals[0]?.aborted).toBe(true);
  expect(heard.map(({ advisor: name, silent }) => [name, silent])).toEqual([
    ['slow', 'said nothing within 20 ms'],
    ['failing', 'failed: no model'],
    ['rejecting', 'failed: no answer'],
    ['senseless', 'is NaN confident, which is not from 0 to 1'],
    ['speechless', 'has no model'],
    ['good', undefined],
  ]);
  expect(heard.at(-1)?.advice).toBe(HYBRID_ADVICE);
});

test.each([
  ['before', 0],
  ['after', 1],
])(
  'an advisor that thinks without a pause for ten deadlines is not heard, and one %s it is',
  async (_, place) => {
    const busy: Advisor['advise'] = () => {
      for (const until = performance.now() + 120; performance.now() < until;);
      return HYBRID_ADVICE;
    };
    const advisors = [advisor('busy', busy)].toSpliced(
      1 - place,
      0,
      advisor('good', () => HYBRID_ADVICE),
    );
    const heard = await consult(advisors, questionAt(500), 10);
    expect(Object.fromEntries(heard.map(({ advisor: name, silent }) => [name, silent]))).toEqual({
      busy: 'said nothing within 10 ms',
      good: undefined,
    });
  },
);

const losses = fc.record({ table: share, optimiser: share, forecast: share });

test('W1: trust stays positive and sums to 1', () => {
  fc.assert(
    fc.property(fc.array(losses), (outcomes) => {
      const trust = outcomes.reduce(updateTrust, TRUST);
      expect(Object.values(trust).every((value) => value > 0)).toBe(true);
      expect(Object.values(trust).reduce((a, b) => a + b, 0)).toBeCloseTo(1);
    }),
  );
});

test('W2: who was silent, or whose loss is no share, keeps its trust', () => {
  expect(updateTrust(TRUST, { table: 0.5, forecast: 0 }).optimiser).toBe(TRUST.optimiser);
  expect(updateTrust(TRUST, { table: NaN, optimiser: 2, forecast: -1 })).toEqual(TRUST);
});

test('who is right again and again comes to be heard, and is doubted again when it fails', () => {
  const repeat = (trust: typeof TRUST, loss: Record<string, number>, times: number) =>
    Array.from({ length: times }).reduce<typeof TRUST>((now) => updateTrust(now, loss), trust);
  const proved = repeat(TRUST, { table: 0.5, optimiser: 0, forecast: 0.5 }, 20);
  expect(weigh(questionAt(500), [says('optimiser', HYBRID)], proved).by).toEqual(['optimiser']);
  const doubted = repeat(proved, { table: 0, optimiser: 1, forecast: 0.5 }, 20);
  expect(weigh(questionAt(500), [says('optimiser', HYBRID)], doubted).by).toEqual(['table']);
});

const KNOWN: Known = {
  costs: {
    edgeCpuMs: 0.2,
    modules: Object.fromEntries(
      MODULES.map((name) => [name, { operations: { only: { perRoot: 0.5, cpuMs: 1 } }, crashesPerDay: 0.1 }]),
    ),
    calls: MODULES.map((to) => ({ from: 'edge', to, perRoot: 0.5 })),
    localCall: { cpuMs: 0.001 },
    remoteCall: { callerCpuMs: 0.03, calleeCpuMs: 0.03, latencyMs: 0.2 },
    waitMs: 2,
    tail: 4,
    restartS: 3,
    failoverS: 0.2,
  },
  site: { cores: 4, coreHourUsd: 0.04, hostHourUsd: 0.05, mostInstances: 4 },
  intent: { latency_p99_ms: 50, daily_cost_usd: 20, availability: 99, replicas: 8 },
  learnedAtMs: 0,
  windows: 12,
  fit: { measuredMs: 20, predictedMs: 21 },
};

test('the optimiser advises a layout that bears the load, to stay where nothing is better, or nothing', async () => {
  const optimiser = optimiserAdvisor(() => KNOWN);
  const ask = async (rps: number, advisors: Advisor) =>
    (await consult([advisors], questionAt(rps), 10_000))[0];
  expect((await ask(50, optimiser))?.advice?.to).toEqual(TIGHT);
  const heavy = (await ask(900, optimiser))?.advice;
  expect(Object.values(heavy?.to.instances ?? {}).reduce((a, b) => a + b, 0)).toBeGreaterThan(1);
  expect(heavy?.because).toMatch(/^the layout in force does not keep the intent under 900 requests\/s: p99 /);
  expect((await ask(90_000, optimiser))?.silent).toMatch(
    /^no layout keeps the intent under 90000 requests\/s: /,
  );
  const without = optimiserAdvisor(() => undefined);
  expect((await ask(50, without))?.silent).toBe('has no costs yet: too little was answered');
});

test('the optimiser is silent while its model was not fitted, or disagrees with what was measured', async () => {
  const silent = async (change: Partial<Known>) =>
    (await consult([optimiserAdvisor(() => ({ ...KNOWN, ...change }))], questionAt(50), 10_000))[0]?.silent;
  expect(await silent({ windows: 3, fit: null })).toMatch(/^latency was measured in 3 of 6 windows /);
  expect(await silent({ fit: { measuredMs: 100, predictedMs: 40 } })).toBe(
    'its model says p99 40 ms, 100 ms was measured',
  );
  expect(await silent({ fit: { measuredMs: 100, predictedMs: 60 } })).toBeUndefined();
});

test('the forecast advises for the upper end of its band, the surer the narrower it is', async () => {
  const ask = async (rps: number) => (await consult([forecastAdvisor], questionAt(rps), 10_000))[0]?.advice;
  expect((await ask(500))?.to).toEqual(TIGHT);
  expect(await ask(900)).toMatchObject({ to: HYBRID, confidence: 1 / 1.2 });
});

describe('judgement by what came', () => {
  const advised = new Map([
    ['table', TIGHT],
    ['optimiser', LOOSE],
  ]);
  const { costs, site, intent } = KNOWN;
  const modelled = (to: Layout, rps: number): number => predict(to, { costs, site, rps }).p99Ms;
  const judged = (layout: Layout, rps: number, p99Ms: number, peakRps = rps) =>
    judge(advised, { layout, rps, p99Ms, peakRps }, KNOWN);

  test('W3: who advised the layout that bore the load is blamed least; one that the model says fails, wholly', () => {
    const { losses, reliability } = judged(LOOSE, 100, modelled(LOOSE, 100), 900);
    expect(reliability).toBeCloseTo(1);
    expect(losses).toEqual({ table: reliability, optimiser: 0 });
  });

  test('W3: the model alone praises nobody', () => {
    expect(judged(TIGHT, 100, 60_000).losses).toEqual({ table: 0, optimiser: 0 });
  });

  test('W4: a model that was wrong about what was in force blames others less', () => {
    const wrong = judged(LOOSE, 100, modelled(LOOSE, 100) / 4, 900);
    expect(wrong.reliability).toBeCloseTo(0.25);
    expect(wrong.losses['table']).toBeCloseTo(0.25);
  });

  test('losses are from 0 to 1, and trust stays trust, whatever came', () => {
    const numbers = fc.oneof(fc.nat(1e6), fc.double({ min: 0, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(fc.constantFrom(TIGHT, HYBRID, LOOSE), numbers, numbers, (layout, rps, p99Ms) => {
        const { losses } = judge(advised, { layout, rps, p99Ms, peakRps: rps }, { costs, site, intent });
        for (const loss of Object.values(losses)) expect(loss >= 0 && loss <= 1).toBe(true);
        const trust = Object.values(updateTrust(TRUST, losses));
        expect(trust.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1);
        expect(Math.min(...trust)).toBeGreaterThan(0);
      }),
    );
  });
});
