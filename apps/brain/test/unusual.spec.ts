import type { Summary } from '@atlas/brain-collector';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '../src/watch/features.ts';
import { loop } from './loop.ts';
import { MODULES, newMind, seen, TIGHT } from './scene.ts';

const HOST = { memoryMb: 100, receivedBytes: null, sentBytes: null, readBytes: null, writtenBytes: null };

interface Told {
  readonly rps: number;
  readonly p95?: number;
  /** Share of the answers. */
  readonly errors?: number;
  readonly loopDelayMs?: number;
  /** Share of what arrives that is answered. */
  readonly answered?: number;
  /** Callers of each module that wait for the database. */
  readonly waiting?: number;
  readonly host?: string;
  readonly flaws?: Summary['flaws'];
}

/** A whole second of the shop, its modules alike. */
function second(at: number, told: Told): Summary {
  const {
    rps: arrivals,
    p95 = 5,
    errors = 0,
    loopDelayMs = 2,
    host = 'shop-0',
    answered = 1,
    waiting = 0,
    flaws = [],
  } = told;
  const none = seen(at, arrivals);
  const rps = arrivals * answered;
  const latency = rps > 0 ? { p50: p95 / 2, p95, p99: p95 * 2 } : {};
  const answers = { ...none.answers, ...latency, arrivals, rps, serverErrors: rps * errors };
  const half = { ...answers, arrivals: arrivals / 2, rps: rps / 2, serverErrors: answers.serverErrors / 2 };
  const modules = Object.fromEntries(
    MODULES.map((name) => [name, { ...half, stress: 0.5, poolQueue: waiting, logLagS: null }]),
  );
  return {
    ...none,
    flaws,
    answers,
    modules,
    hosts: { [host]: { ...HOST, cpu: 0.1 + rps / 5_000, loopDelayMs } },
  };
}

/** A mind that has seen two even minutes. */
function calm() {
  const mind = newMind();
  let at = 1_000_000;
  const look = (told: Told, shape = TIGHT) => mind.consider(second((at += 1_000), told), shape);
  for (let i = 0; i < 120; i += 1) look({ rps: 100 });
  const alone = (told: Told) => mind.consider(second((at += 1_000), told), undefined);
  return { mind, look, alone, hole: () => mind.consider(seen((at += 1_000), undefined), TIGHT) };
}
const BAD: Told = { rps: 100, errors: 0.3, p95: 300 };

describe('an anomaly', () => {
  test('that no load explains is an emergency within ten seconds, and the status says what it is', () => {
    const { mind, look } = calm();
    expect(mind.anomaly?.score).toBeLessThan(0.1);
    for (let i = 0; i < 10; i += 1) look(BAD);
    const { decision } = mind.last ?? {};
    expect(decision).toMatchObject({ rule: 'anomaly', proposal: { kind: 'move', source: 'emergency' } });
    expect(mind.anomaly?.because).toContain('errors');
  });

  test('is seen in a shop that stands still, too: it makes no errors, and no slow answers', () => {
    const { mind, look } = calm();
    for (let i = 0; i < 10; i += 1) look({ rps: 100, answered: 0, waiting: 30 });
    expect(mind.last?.decision.rule).toBe('anomaly');
    expect(mind.anomaly?.because[0]).toMatch(/^requests without an answer of/);
  });

  test('is not said of a shop that is just switching, has just switched, or whose hosts just started', () => {
    const shapes = [
      { ...TIGHT, coming: TIGHT.layout },
      { ...TIGHT, epoch: 4 },
    ];
    for (const shape of shapes) {
      const { mind, look } = calm();
      for (let i = 0; i < 12; i += 1) look(BAD, shape);
      expect(mind.anomaly).toBeUndefined();
    }
    const { mind, look } = calm();
    look({ ...BAD, flaws: [{ instance: 'cart-0', flaw: 'first' }] });
    for (let i = 0; i < 12; i += 1) look(BAD);
    expect(mind.anomaly).toBeUndefined();
  });

  test('is said of a host that answers late now and then, for it is no new one', () => {
    const { mind, look } = calm();
    for (const late of [true, true, false, true]) {
      const flaws = late ? [{ instance: 'cart-0', flaw: 'missing' } as const] : [];
      look({ ...BAD, flaws, host: late ? 'shop-0' : 'cart-0' });
    }
    for (let i = 0; i < 10; i += 1) look(BAD);
    expect(mind.anomaly?.score).toBeGreaterThan(0.7);
  });

  test('is said though the switcher did not answer now and then, and not while it does not', () => {
    const { mind, look, alone } = calm();
    for (let i = 0; i < 10; i += 1) alone(BAD);
    expect(mind.anomaly).toBeUndefined();
    for (let i = 0; i < 10; i += 1) look(BAD);
    expect(mind.anomaly?.score).toBeGreaterThan(0.7);
  });

  test('is not said over a hole', () => {
    const { mind, look, hole } = calm();
    for (let i = 0; i < 9; i += 1) look(BAD);
    hole();
    look(BAD);
    expect(mind.anomaly).toBeUndefined();
  });
});

test('a second with a flaw has no features: what is missing would look like something', () => {
  const whole = second(0, { rps: 10 });
  expect(featuresOf(whole)?.signals.length).toBeGreaterThan(4);
  for (const flaw of ['missing', 'replayed', 'absurd', 'late', 'clock-jump'] as const)
    expect(featuresOf({ ...whole, flaws: [{ instance: 'cart-0', flaw }] })).toBeUndefined();
});

test('whatever the load does, a shop that gets slower by it alone is in no emergency', () => {
  const stretch = fc.record({
    rps: fc.integer({ min: 1, max: 900 }),
    seconds: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 5, maxLength: 15 }), fc.nat(), (stretches, seed) => {
      const { mind, look } = calm();
      let [rate, turn] = [100, seed];
      const noise = (): number => Math.sin((turn += 1) * 12.9898) * Math.sin(turn * 78.233);
      for (const { rps, seconds } of stretches) {
        for (let i = 0; i < seconds; i += 1) {
          rate += (rps - rate) / 5;
          const busy = Math.min(0.98, rate / 1_000);
          const slower = (1 + 0.4 * noise()) / (1 - busy);
          look({ rps: rate, p95: 5 * slower, loopDelayMs: 2 * slower, errors: noise() > 0.8 ? 1 / rate : 0 });
          expect(mind.anomaly?.score ?? 0).toBeLessThanOrEqual(0.7);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('no telemetry that is wrong moves an even shop', async () => {
  const NUMBER = /(?<= )[\d.]+$/m;
  const damage: Readonly<Record<string, (text: string, old: string) => string>> = {
    none: (text) => text,
    'no number': (text) => text.replace(NUMBER, 'NaN'),
    negative: (text) => text.replace(NUMBER, '-5'),
    absurd: (text) => text.replace(/200"} [\d.]+/, '200"} 1e12'),
    replayed: (_, old) => old,
    'cut off': (text) => text.slice(0, -12),
    nothing: () => '',
    'all errors': (text) => `${text}atlas_edge_requests_total{operation="cart.get",status="500"} NaN\n`,
  };
  const step = fc.record({
    kind: fc.constantFrom('missing', 'skew', ...Object.keys(damage)),
    seconds: fc.integer({ min: 1, max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
      const { world, wire, switcher, seconds } = loop();
      switcher.set({ level: 4 });
      await seconds(90);
      let old = '';
      for (const { kind, seconds: count } of steps) {
        wire.through = (text) => {
          const said = (damage[kind] ?? ((same: string) => same))(text, old);
          if (kind === 'none') old = text;
          return said;
        };
        world.shop = kind !== 'missing';
        await seconds(count, kind === 'skew' ? 10 : 1);
      }
      expect(switcher.switched).toEqual([]);
    }),
    { numRuns: 20 },
  );
});
