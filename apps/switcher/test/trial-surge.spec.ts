/** A surge that begins while a trial is open (J8), look by look. */
import { bucketOf, type CallCounts, type Durations, type Strain, type Tally } from '@atlas/control-layout';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastingOf, remembered, type TrialLook } from '../src/machine/trial-slices.ts';
import { breachOf, judgeTrial, type Judgement } from '../src/machine/trial.ts';
import { seeded } from './seeded.ts';

const LOOK_EVERY_MS = 100;

/** How long calls take: so many ms, that share of them; p95 is 9 ms. */
const CALM = [
  [3, 0.5],
  [5, 0.3],
  [7, 0.12],
  [9, 0.05],
  [14, 0.03],
] as const;

/** Calls that take that many times as long, and longer, as a histogram grows. */
class Calls {
  readonly #counts: Record<string, number> = {};

  add(calls: number, times = 1, longerMs = 0): this {
    for (const [ms, share] of CALM) {
      const bucket = bucketOf(ms * times + longerMs);
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + calls * share;
    }
    return this;
  }

  get counts(): CallCounts {
    const durations: Durations = Object.fromEntries(
      Object.entries(this.#counts)
        .map(([bucket, count]) => [bucket, Math.round(count)] as const)
        .filter(([, count]) => count > 0),
    );
    const calls = Object.values(durations).reduce((sum, count) => sum + count, 0);
    return { calls, errors: 0, late: 0, durations };
  }
}

const ROOM: Strain = { machine: 0.45, loop: 0.25 };
const STARVED: Strain = { machine: 1, loop: 0.98 };

interface Life {
  /** Calls of the operation per second, a root each; and of when, ms of the trial, how many times as many. */
  readonly perSecond: number;
  readonly more?: (at: number) => number;
  readonly times?: (at: number) => number;
  readonly longerMs?: (at: number) => number;
  readonly strain?: (at: number) => Strain;
  readonly tells?: boolean;
}

interface Seen {
  readonly at: number;
  readonly judgement: Judgement;
  readonly surged: boolean;
}

/** A trial until it is over, or half a minute old. */
function lived({ perSecond, more, times, longerMs, strain, tells = true }: Life): Seen[] {
  const before = new Calls().add(600).counts;
  const now = new Calls();
  const seen: Seen[] = [];
  let [earlier, roots]: [readonly TrialLook[], number] = [[], 0];
  for (let at = LOOK_EVERY_MS; at <= 30_000; at += LOOK_EVERY_MS) {
    const calls = (perSecond * (more?.(at) ?? 1) * LOOK_EVERY_MS) / 1_000;
    now.add(calls, times?.(at) ?? 1, longerMs?.(at) ?? 0);
    roots += calls;
    const tally: Tally = {
      ...{ epoch: 2, sinceMs: at, strain: strain?.(at) ?? ROOM },
      operations: { 'cart.addItem': { toppable: false, before, now: now.counts, pending: {} } },
      ...(tells && { roots: { nonce: 'a', count: Math.round(roots) } }),
    };
    const judgement = judgeTrial({ tallies: [tally], earlier, incomplete: false, timeUp: false });
    seen.push({ at, judgement, surged: lastingOf(earlier, [tally]).surged });
    if (judgement.kind !== 'waiting') break;
    earlier = remembered(earlier, [tally]);
  }
  return seen;
}
const endOf = (life: Life) => {
  const last = lived(life).at(-1);
  return { at: last?.at, kind: last?.judgement.kind };
};
const from =
  (begin: number, value: number, otherwise: number) =>
  (at: number): number =>
    at > begin ? value : otherwise;

/** The example of ADR 7: from 3.0 s on four times as many calls that take six times as long. */
const SURGE = { perSecond: 30, more: from(3_000, 4, 1), times: from(3_000, 6, 1) };

describe('a surge that begins during a trial', () => {
  it('took a good switch back where hosts did not tell of roots, before the strain could be known', () => {
    const seen = lived({ ...SURGE, tells: false });
    expect(seen.slice(0, -1).every(({ judgement }) => judgement.kind === 'waiting')).toBe(true);
    expect(seen.at(-1)).toMatchObject({
      at: 4_100,
      judgement: { breach: { operation: 'cart.addItem', cause: 'latency', calls: 224, seen: 67 } },
    });
  });

  it('takes nothing back: it is known a second after it began, a look before', () => {
    const seen = lived(SURGE);
    expect(seen.filter(({ judgement }) => judgement.kind === 'breach')).toEqual([]);
    expect(seen.find(({ surged }) => surged)?.at).toBe(4_000);
    expect(seen.at(-1)).toMatchObject({ at: 5_000, judgement: { kind: 'passed' } });
  });

  it('takes nothing back, however steep it is, whenever after a second, at whatever rate', () => {
    const steep = fc.record({
      perSecond: fc.integer({ min: 30, max: 200 }),
      times: fc.integer({ min: 4, max: 20 }),
      begin: fc.integer({ min: 10, max: 48 }),
    });
    fc.assert(
      fc.property(steep, ({ perSecond, times, begin }) => {
        const [more, slower] = [from(begin * 100, 4, 1), from(begin * 100, times, 1)];
        expect(endOf({ perSecond, more, times: slower }).kind).toBe('passed');
      }),
    );
  });

  it('is remembered to the end of the trial, not beyond', () => {
    const tallyAt = (sinceMs: number, epoch = 2): Tally => ({
      ...{ epoch, sinceMs, strain: ROOM, operations: {} },
      roots: { nonce: 'a', count: sinceMs / 20 + Math.min(2_000, Math.max(0, sinceMs - 3_000)) / 5 },
    });
    let earlier: readonly TrialLook[] = [];
    for (let at = 100; at <= 60_000; at += 100) earlier = remembered(earlier, [tallyAt(at)]);
    expect(lastingOf(earlier, [tallyAt(60_000)]).surged).toBe(true);
    expect(earlier.at(0)?.surged).toBe(false);
    expect(remembered(earlier, [tallyAt(100, 3)]).at(-1)?.surged).toBe(false);
    expect(remembered(earlier, [tallyAt(100)]).at(-1)?.surged).toBe(true);
  });
});

describe('a service that hangs in a surge', () => {
  const before = new Calls().add(600).counts;
  /** From 3.0 s on four times as many calls; none ends that begins after 3.5 s, and each runs out of time 3 s later. */
  const tallyAt = (sinceMs: number): Tally => {
    const begunBy = (at: number): number => (30 * (at + 3 * Math.max(0, at - 3_000))) / 1_000;
    const late = Math.floor(begunBy(Math.max(3_500, sinceMs - 3_000)) - begunBy(3_500));
    const ended = new Calls().add(begunBy(Math.min(sinceMs, 3_500))).counts;
    const hang = Math.floor(begunBy(sinceMs) - ended.calls - late);
    const now = { ...ended, calls: ended.calls + late, late };
    const age = bucketOf(Math.min(2_900, sinceMs - 3_500));
    const pending = hang > 0 ? { [age]: hang } : {};
    const operations = { 'cart.addItem': { toppable: false, before, now, pending } };
    return {
      ...{ epoch: 2, sinceMs, strain: ROOM, operations },
      roots: { nonce: 'a', count: Math.round(begunBy(sinceMs)) },
    };
  };

  it('is waited for until its calls have run out of time, and taken back (J9)', () => {
    let earlier: readonly TrialLook[] = [];
    const ends: Judgement[] = [];
    for (let sinceMs = 100; sinceMs <= 15_000 && ends.length === 0; sinceMs += LOOK_EVERY_MS) {
      const tallies = [tallyAt(sinceMs)];
      const judgement = judgeTrial({ tallies, earlier, incomplete: false, timeUp: false });
      if (judgement.kind !== 'waiting') ends.push(judgement);
      earlier = remembered(earlier, tallies);
    }
    expect(earlier.at(-1)?.surged).toBe(true);
    expect(ends).toMatchObject([{ kind: 'breach', breach: { cause: 'errors' } }]);
  });
});

describe('a service that is slow', () => {
  it('is found at the same look as without roots while no more of them come', () => {
    const slow = fc.record({
      perSecond: fc.integer({ min: 5, max: 200 }),
      begin: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(slow, ({ perSecond, begin }) => {
        const life = { perSecond, longerMs: from(begin * 100, 200, 0) };
        const found = endOf(life);
        expect(found).toEqual(endOf({ ...life, tells: false }));
        if (begin === 0 && perSecond >= 20) expect(found.kind).toBe('breach');
      }),
    );
  });

  it('does not look like a surge, though none of its calls ends', () => {
    const before = new Calls().add(600).counts;
    const tallyAt = (sinceMs: number): Tally => ({
      ...{ epoch: 2, sinceMs, strain: ROOM, roots: { nonce: 'a', count: sinceMs / 20 } },
      operations: {
        'cart.addItem': {
          ...{ toppable: false, before, now: new Calls().counts },
          pending: { [bucketOf(sinceMs / 2)]: sinceMs / 20 },
        },
      },
    });
    let earlier: readonly TrialLook[] = [];
    for (let at = 100; at <= 1_900; at += 100) earlier = remembered(earlier, [tallyAt(at)]);
    expect(breachOf({ tallies: [tallyAt(2_000)], earlier })).toMatchObject({ cause: 'latency', calls: 100 });
  });
});

/** What a host told of its roots, and whether it was late. */
type Told = readonly [nonce: string, sinceMs: number, count: number, late?: boolean];

/** Whether a surge is seen in what hosts told, look by look. */
function surgeIn(looks: readonly (readonly Told[])[]): boolean {
  let earlier: readonly TrialLook[] = [];
  for (const hosts of looks) {
    const tallies = hosts.map(([nonce, sinceMs, count, late = false]) => ({
      ...{ epoch: 2, sinceMs, strain: ROOM, operations: {}, roots: { nonce, count, late } },
    }));
    earlier = remembered(earlier, tallies);
  }
  return earlier.at(-1)?.surged ?? false;
}
const LOOKS = Array.from({ length: 600 }, (_, look) => (look + 1) * LOOK_EVERY_MS);

describe('no surge', () => {
  it('is seen at a constant rate, nor where it goes up to twice as much', () => {
    const rate = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.double({ min: 0, max: 50, noNaN: true }));
    fc.assert(
      fc.property(
        rate,
        fc.integer({ min: 0, max: 600 }),
        fc.double({ min: 1, max: 2 }),
        (rps, begin, more) => {
          const count = (at: number): number =>
            Math.floor((rps * (at + (more - 1) * Math.max(0, at - begin * LOOK_EVERY_MS))) / 1_000);
          expect(surgeIn(LOOKS.map((at) => [['a', at, count(at)]]))).toBe(false);
        },
      ),
    );
  });

  it('is what a second bundle takes over, however late it comes, or is heard of', () => {
    const late = fc.record({
      begin: fc.integer({ min: 0, max: 5_000 }),
      heard: fc.integer({ min: 0, max: 5_000 }),
      taken: fc.integer({ min: 0, max: 5_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(late, fc.integer({ min: 1, max: 2_000 }), ({ begin, heard, taken, share }, rps) => {
        const since = begin + taken;
        const second = (at: number): number => Math.max(0, at - since) * share;
        const looks = LOOKS.map((at) => {
          const first = ['a', at, Math.floor((rps * (at - second(at))) / 1_000)] as const;
          const other = ['b', at - begin, Math.floor((rps * second(at)) / 1_000)] as const;
          return at > begin + heard ? [first, other] : [first];
        });
        expect(surgeIn(looks)).toBe(false);
      }),
    );
  });

  it('is what a short stop held up, and what comes in the first moments', () => {
    for (let stop = 3_000; stop < 5_000; stop += LOOK_EVERY_MS) {
      const until = (at: number): number => (at > stop && at <= stop + 300 ? stop : at);
      expect(surgeIn(LOOKS.map((at) => [['a', at, until(at) / 5]]))).toBe(false);
    }
    expect(surgeIn(LOOKS.map((at) => [['a', at, at < 300 ? 20 : at]]))).toBe(false);
  });

  it('is what a host held up that stood still, however long, and told just before it went on', () => {
    const stops = fc.record({
      perSecond: fc.integer({ min: 20, max: 2_000 }),
      from: fc.integer({ min: 0, max: 50 }),
      looks: fc.integer({ min: 4, max: 20 }),
    });
    fc.assert(
      fc.property(stops, ({ perSecond, from: first, looks }) => {
        const [stop, end] = [first * LOOK_EVERY_MS, (first + looks) * LOOK_EVERY_MS];
        const told = (at: number): Told =>
          at === end
            ? ['a', at, Math.floor((perSecond * stop) / 1_000), true]
            : ['a', at, Math.floor((perSecond * at) / 1_000)];
        expect(surgeIn(LOOKS.filter((at) => at <= stop || at >= end).map((at) => [told(at)]))).toBe(false);
      }),
    );
  });

  it('is seen in thin traffic that comes by chance, in threes', () => {
    const LIVES = 100;
    const life = (perSecond: number, seed: number): boolean => {
      const random = seeded(seed);
      const comes: number[] = [];
      for (let at = 0; at < 60_000;) {
        at += (-Math.log(1 - random()) * 3_000) / perSecond;
        for (let root = 0; root < 3; root += 1) comes.push(at + random() * 300);
      }
      const perLook = LOOKS.map(() => 0);
      for (const when of comes) {
        const look = Math.floor(when / LOOK_EVERY_MS);
        perLook[look] = (perLook[look] ?? 0) + 1;
      }
      let count = 0;
      return surgeIn(LOOKS.map((at, look) => [['a', at, (count += perLook[look] ?? 0)]]));
    };
    for (const perSecond of [1, 3, 10]) {
      const seen = Array.from({ length: LIVES }, (_, seed) => life(perSecond, seed + 1)).filter(Boolean);
      expect(seen.length).toBeLessThanOrEqual(LIVES / 50);
    }
  });

  it('is known of where hosts tell of no roots', () => {
    const tally: Tally = { epoch: 2, sinceMs: 2_000, strain: ROOM, operations: {} };
    const earlier = remembered([], [{ ...tally, sinceMs: 1_000, roots: { nonce: 'a', count: 50 } }]);
    expect(lastingOf(earlier, [tally]).surged).toBe(false);
    expect(lastingOf(earlier, [{ ...tally, roots: { nonce: 'a', count: 250 } }]).surged).toBe(true);
    expect(lastingOf(earlier, [{ ...tally, roots: { nonce: 'b', count: 250 } }]).surged).toBe(false);
  });
});

it('a starved host is remembered to the end of the trial, though at one look only', () => {
  const tallyAt = (sinceMs: number, strain = ROOM): Tally => ({ epoch: 2, sinceMs, strain, operations: {} });
  for (let starvedAt = 3_000; starvedAt < 5_000; starvedAt += LOOK_EVERY_MS) {
    const strainAt = (at: number): Strain => (at === starvedAt ? STARVED : ROOM);
    const earlier = LOOKS.reduce<readonly TrialLook[]>(
      (looks, at) => remembered(looks, [tallyAt(at, strainAt(at))]),
      [],
    );
    expect(lastingOf(earlier, [tallyAt(60_100)]).starved).toBe(true);
    expect(lastingOf(earlier.slice(0, 1), [tallyAt(60_100)]).starved).toBe(false);
  }
});
