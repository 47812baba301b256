/** The judgement of a trial, on counts as hosts tell them. */
import { bucketOf, edgeOf, type CallCounts, type Durations, type Tally } from '@atlas/control-layout';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movedModules } from '../src/machine/moved.ts';
import { remembered, type TrialLook } from '../src/machine/trial-slices.ts';
import { breachOf, judgeTrial, TRIAL_LEAST_MS } from '../src/machine/trial.ts';
import { seeded } from './seeded.ts';
import { CART, TIGHT } from './observations.ts';

const at = (ms: number, calls: number): Durations => ({ [bucketOf(ms)]: calls });
const counts = (calls: number, of: Partial<CallCounts> = {}): CallCounts => ({
  calls,
  errors: 0,
  late: 0,
  durations: at(2, calls),
  ...of,
});

interface Given {
  readonly before?: CallCounts;
  readonly now?: CallCounts;
  readonly pending?: Durations;
  readonly sinceMs?: number;
  readonly machine?: number;
  readonly toppable?: boolean;
}
const tally = (given: Given = {}, operation = 'cart.read'): Tally => ({
  epoch: 2,
  sinceMs: given.sinceMs ?? TRIAL_LEAST_MS,
  strain: { machine: given.machine ?? 0.3, loop: 0.2 },
  operations: {
    [operation]: {
      toppable: given.toppable ?? true,
      before: given.before ?? counts(400),
      now: given.now ?? counts(100),
      pending: given.pending ?? {},
    },
  },
});
const LOOKS = 8;
const scaled = (of: Durations, share: number): Durations =>
  Object.fromEntries(Object.entries(of).map(([bucket, count]) => [bucket, Math.floor(count * share)]));
const scaledTally = (of: Tally, share: number): Tally => ({
  ...of,
  sinceMs: of.sinceMs * share,
  operations: Object.fromEntries(
    Object.entries(of.operations).map(([name, { now, pending, ...rest }]) => [
      name,
      {
        ...rest,
        now: { ...now, late: Math.floor(now.late * share), durations: scaled(now.durations, share) },
        pending: scaled(pending, share),
      },
    ]),
  ),
});
/** Earlier looks at counts that came evenly. */
const evenly = (tallies: readonly Tally[]): readonly TrialLook[] =>
  Array.from({ length: LOOKS }, (_, look) => (look + 1) / (LOOKS + 1)).reduce<readonly TrialLook[]>(
    (looks, share) =>
      remembered(
        looks,
        tallies.map((one) => scaledTally(one, share)),
      ),
    [],
  );
const seenOf = (...tallies: readonly Tally[]) => ({ tallies, earlier: evenly(tallies) });
const breach = (given: Given) => breachOf(seenOf(tally(given)));
const kindOf = (given: Given, timeUp = false) =>
  judgeTrial({ ...seenOf(tally(given)), incomplete: false, timeUp }).kind;

describe('errors', () => {
  it('are a breach from the fifth on where there were none', () => {
    expect(breach({ now: counts(40, { errors: 4 }) })).toBeUndefined();
    expect(breach({ now: counts(40, { errors: 5 }) })).toMatchObject({
      cause: 'errors',
      seen: 5,
      operation: 'cart.read',
    });
  });

  it('that were there before do not count', () => {
    expect(breach({ before: counts(400, { errors: 40 }), now: counts(100, { errors: 14 }) })).toBeUndefined();
    expect(breach({ before: counts(400, { errors: 40 }), now: counts(100, { errors: 50 }) })).toBeDefined();
  });

  it('of several operations of a module count together', () => {
    const one = tally({ now: counts(30, { errors: 3 }) }, 'cart.read');
    const two = tally({ now: counts(30, { errors: 3 }) }, 'cart.write');
    expect(breachOf(seenOf(one, two))).toMatchObject({ operation: 'cart.*', seen: 6 });
    expect(
      breachOf(seenOf(one, tally({ now: counts(30, { errors: 3 }) }, 'payment.charge'))),
    ).toBeUndefined();
  });

  it('of several hosts count together', () => {
    expect(
      breachOf(seenOf(tally({ now: counts(9, { errors: 3 }) }), tally({ now: counts(9, { errors: 3 }) }))),
    ).toBeDefined();
  });

  it('that only say that time ran out are none where there is no room left', () => {
    expect(breach({ now: counts(40, { late: 6 }) })).toMatchObject({ cause: 'errors' });
    expect(breach({ now: counts(40, { late: 6 }), machine: 0.97 })).toBeUndefined();
  });
});

describe('latency', () => {
  it('is a breach when 20 calls more than expected are above the former p95 and a tolerance', () => {
    expect(breach({ now: counts(60, { durations: at(100, 60) }) })).toMatchObject({
      cause: 'latency',
      seen: 60,
    });
    expect(breach({ now: counts(18, { durations: at(100, 18) }) })).toBeUndefined();
  });

  it('of a hop, and of a few slow calls, is none', () => {
    expect(
      breach({
        before: counts(400, { durations: at(0.1, 400) }),
        now: counts(500, { durations: at(3, 500) }),
      }),
    ).toBeUndefined();
    expect(breach({ now: counts(500, { durations: { ...at(2, 470), ...at(300, 30) } }) })).toBeUndefined();
  });

  it('of calls that have not ended counts with their age', () => {
    expect(breach({ now: counts(0), pending: at(400, 40) })).toMatchObject({ cause: 'latency', seen: 40 });
    expect(breach({ now: counts(0), pending: at(3, 40) })).toBeUndefined();
  });

  it('proves nothing where there is no room left, unless it is worse by far', () => {
    expect(breach({ now: counts(200, { durations: at(60, 200) }), machine: 0.98 })).toBeUndefined();
    expect(breach({ now: counts(200, { durations: at(400, 200) }), machine: 0.98 })).toBeDefined();
  });

  it('is not judged before there is time enough to tell it from a stall', () => {
    const tallies = [tally({ now: counts(200, { durations: at(100, 200) }) })];
    const after = (looks: number) => breachOf({ tallies, earlier: evenly(tallies).slice(LOOKS - looks) });
    expect(after(2)).toBeUndefined();
    expect(after(3)).toBeDefined();
    const strained = [tally({ now: counts(200, { durations: at(400, 200) }), machine: 0.98 })];
    expect(breachOf({ tallies: strained, earlier: evenly(strained).slice(4) })).toBeUndefined();
    expect(breachOf({ tallies: strained, earlier: evenly(strained).slice(3) })).toBeDefined();
  });

  it('of calls that one stall made slow is none, of as many that are spread over the trial it is', () => {
    const stalled = tally({ now: counts(500, { durations: { ...at(2, 420), ...at(300, 80) } }) });
    const before = scaledTally(stalled, 0.5);
    const none = { ...before.operations['cart.read']?.now, durations: at(2, 210) };
    const calm = {
      ...before,
      operations: { 'cart.read': { ...before.operations['cart.read'], now: none } },
    } as Tally;
    const earlier = evenly([calm]);
    expect(breachOf({ tallies: [stalled], earlier })).toBeUndefined();
    expect(breachOf(seenOf(stalled))).toMatchObject({ cause: 'latency', seen: 80 });
  });

  it('is not judged of a switch that answers an emergency; its errors, and calls that never end, are', () => {
    const emergency = (given: Given) => breachOf({ ...seenOf(tally(given)), emergency: true });
    expect(emergency({ now: counts(200, { durations: at(900, 200) }) })).toBeUndefined();
    expect(emergency({ now: counts(40, { errors: 5 }) })).toMatchObject({ cause: 'errors' });
    const hanging = counts(40, { late: 21, durations: at(2, 19) });
    expect(emergency({ now: hanging })).toMatchObject({ cause: 'errors', operation: 'cart.*', seen: 21 });
  });

  it('is not judged of it either where calls ran out of time, unless most of a module did', () => {
    const [hot, others] = [counts(40, { late: 30, durations: at(2, 10) }), counts(60)];
    const seen = seenOf(tally({ now: hot }, 'cart.write'), tally({ now: others }, 'cart.read'));
    expect(breachOf({ ...seen, emergency: true })).toBeUndefined();
    expect(breachOf(seen)).toMatchObject({ cause: 'errors', operation: 'cart.write', seen: 30 });
    const late = seenOf(tally({ now: counts(400, { late: 5 }) }));
    expect(breachOf({ ...late, emergency: true })).toBeUndefined();
    expect(breachOf(late)).toMatchObject({ cause: 'errors' });
    const wasLate = { before: counts(400, { late: 300 }), now: counts(40, { late: 30 }) };
    expect(breachOf({ ...seenOf(tally(wasLate)), emergency: true })).toBeUndefined();
  });

  it('is not judged without a past', () => {
    expect(breach({ before: counts(0), now: counts(200, { durations: at(900, 200) }) })).toBeUndefined();
  });
});

describe('a trial', () => {
  it('lasts 5 s at least and until every operation has its calls', () => {
    expect(kindOf({ sinceMs: TRIAL_LEAST_MS - 1 })).toBe('waiting');
    expect(kindOf({ now: counts(59) })).toBe('waiting');
    expect(kindOf({})).toBe('passed');
  });

  it('waits for writes only when they come often enough, and for nothing once its time is up', () => {
    expect(kindOf({ now: counts(2), toppable: false })).toBe('passed');
    expect(kindOf({ now: counts(6), toppable: false })).toBe('waiting');
    expect(kindOf({ now: counts(6) }, true)).toBe('passed');
  });

  it('does not pass a rare write that looks broken, or slow, before there is enough to tell', () => {
    const rare = { toppable: false, sinceMs: TRIAL_LEAST_MS };
    expect(kindOf({ ...rare, now: counts(4) })).toBe('passed');
    expect(kindOf({ ...rare, now: counts(4, { errors: 2 }) })).toBe('waiting');
    expect(kindOf({ ...rare, now: counts(4, { durations: at(100, 4) }) })).toBe('waiting');
    expect(kindOf({ ...rare, now: counts(4, { errors: 2 }) }, true)).toBe('passed');
    expect(kindOf({ now: counts(3_000, { errors: 1 }) })).toBe('passed');
  });

  it('waits for an edge that has not told anything', () => {
    expect(judgeTrial({ tallies: [], earlier: [], incomplete: true, timeUp: false }).kind).toBe('waiting');
    expect(judgeTrial({ tallies: [], earlier: [], incomplete: true, timeUp: true }).kind).toBe('passed');
  });
});

describe('earlier looks', () => {
  const at1 = (sinceMs: number, epoch = 2): Tally => ({ ...tally({ sinceMs }), epoch });
  const after = (times: readonly number[]): readonly TrialLook[] =>
    times.reduce<readonly TrialLook[]>((looks, sinceMs) => remembered(looks, [at1(sinceMs)]), []);

  it('are 250 ms apart at least, and few, however long a trial lasts', () => {
    expect(after([100, 200, 300, 400, 700]).map(({ sinceMs }) => sinceMs)).toEqual([100, 400, 700]);
    const long = after(Array.from({ length: 9_000 }, (_, look) => look * 100));
    expect(long.length).toBeLessThanOrEqual(32);
    expect(long.at(0)?.sinceMs).toBe(0);
    expect(long.at(-1)?.sinceMs).toBeGreaterThan(840_000);
  });

  it('end with their trial, and where counts begin anew', () => {
    expect(remembered(after([100, 400]), [])).toEqual([]);
    expect(remembered(after([100, 400]), [at1(800, 3)])).toHaveLength(1);
    expect(remembered(after([100, 400]), [at1(50)])).toHaveLength(1);
  });
});

describe('the modules on trial', () => {
  it('are those that meet something new', () => {
    expect(movedModules(TIGHT, CART)).toEqual(['cart']);
    expect(movedModules(TIGHT, TIGHT)).toEqual([]);
    const two = { ...CART, instances: { bundle: 1, cart: 2 } };
    expect(movedModules(CART, two)).toEqual(['cart']);
    expect(movedModules(two, CART)).toEqual([]);
    expect(movedModules(TIGHT, { ...TIGHT, configVersion: 2 })).toHaveLength(4);
  });
});

/** Durations around a median, log-normal, as a seeded source draws them. */
function drawn(random: () => number, calls: number, medianMs: number): Durations {
  const found: Record<string, number> = {};
  for (let call = 0; call < calls; call += 1) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const bucket = bucketOf(medianMs * Math.exp(0.8 * normal));
    found[bucket] = (found[bucket] ?? 0) + 1;
  }
  return found;
}
describe('over many imagined trials', () => {
  const TRIALS = 1_000;
  const reverts = (make: (random: () => number) => Given): number =>
    Array.from({ length: TRIALS }, (_, seed) => breach(make(seeded(seed + 1)))).filter(Boolean).length;
  const between = (random: () => number, low: number, high: number): number =>
    Math.round(low + random() * (high - low));
  /** A past of any length, and a present that is slower by a hop and a bit of load. */
  const calm = (random: () => number, factor = 1): Given => {
    const median = 0.1 + random() * 20;
    const [past, present] = [between(random, 5, 600), between(random, 60, 3_000)];
    return {
      before: counts(past, { durations: drawn(random, past, median) }),
      now: counts(present, { durations: drawn(random, present, median * factor + 1) }),
    };
  };

  it('takes back at most one good layout in a hundred, a saturated machine included', () => {
    expect(reverts((random) => calm(random))).toBeLessThanOrEqual(TRIALS / 100);
    const strained = (random: () => number): Given => ({ ...calm(random, 1 + 4 * random()), machine: 0.97 });
    expect(reverts(strained)).toBeLessThanOrEqual(TRIALS / 100);
  });

  it('takes back every layout that answers errors, or is 200 ms slower', () => {
    expect(
      reverts((random) => ({ ...calm(random), now: counts(40, { errors: between(random, 5, 40) }) })),
    ).toBe(TRIALS);
    const slow = (random: () => number): Given => {
      const { before = counts(0) } = calm(random);
      return {
        before: { ...before, durations: drawn(random, 60, 10) },
        now: counts(80, { durations: at(215, 80) }),
      };
    };
    expect(reverts(slow)).toBe(TRIALS);
  });
});

it('buckets hold what they say', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(50_000), fc.double({ min: 0, max: 50_000, noNaN: true })), (ms) => {
      const bucket = bucketOf(ms);
      expect(ms).toBeLessThanOrEqual(edgeOf(bucket) * (1 + 1e-9));
      if (bucket > 0) expect(ms).toBeGreaterThan(edgeOf(bucket - 1) * (1 - 1e-9));
    }),
  );
});
