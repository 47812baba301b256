/**
 * The judge on recorded trials: pure, thousands of judgements from tens of real trials.
 *
 * J1  `again`: each recorded trial, look by look, as the judge of today sees it.
 * J2  `crossed`: the past of one good trial with the present of another. That is harder on the judge than life is: the two
 *     lie minutes and shapes apart.
 * J3  `slowed`: each recorded good trial with its new services slower; those are to be taken back.
 * J4  `surged`: each recorded good trial with a surge from its middle on; none of those is.
 */
import { breachOf, operationsOf, remembered, type Breach, type TrialLook } from '@atlas/switcher-app/machine';
import type { CallCounts, Tally } from '@atlas/control-layout';
import { seededRandom } from '@atlas/stack';
import { AFTER_FAULT_MS, AFTER_PROOF_MS, twentySlowAt } from './detection.ts';
import type { Look, Recording } from './recording.ts';
import { slowedLooks } from './slowed.ts';
import { surgedLooks } from './surged.ts';

export interface Judged {
  readonly trials: number;
  readonly reverts: number;
  /** The first few, in words of the judge. */
  readonly breaches: readonly Breach[];
}

const BREACHES_TOLD = 20;

/** The first breach that the judge sees in these looks, and when. */
export function firstBreach(
  looks: readonly Look[],
): { readonly breach: Breach; readonly at: number } | undefined {
  let earlier: readonly TrialLook[] = [];
  for (const { at, tallies } of looks) {
    const breach = breachOf({ tallies, earlier });
    if (breach) return { breach, at };
    earlier = remembered(earlier, tallies);
  }
  return undefined;
}

/** One at a time: hundreds of recorded trials do not fit into memory. */
async function judged(all: Iterable<readonly Look[]> | AsyncIterable<readonly Look[]>): Promise<Judged> {
  const breaches: Breach[] = [];
  let [trials, reverts] = [0, 0];
  for await (const looks of all) {
    trials += 1;
    const found = firstBreach(looks);
    if (!found) continue;
    reverts += 1;
    if (breaches.length < BREACHES_TOLD) breaches.push(found.breach);
  }
  return { trials, reverts, breaches };
}

const isGood = ({ fault, looks }: Recording): boolean => fault === null && looks.length > 0;

type Recordings = Iterable<Recording> | AsyncIterable<Recording>;

async function* looksOfGood(recordings: Recordings): AsyncGenerator<readonly Look[]> {
  for await (const recording of recordings) if (isGood(recording)) yield recording.looks;
}

/** J1. */
export const judgeAgain = (recordings: Recordings): Promise<Judged> => judged(looksOfGood(recordings));

/** `size` good recordings, each with the same odds (reservoir sampling); all when there are no more. */
export async function sampleOf(recordings: Recordings, size: number, seed: number): Promise<Recording[]> {
  const random = seededRandom(seed);
  const sample: Recording[] = [];
  let seen = 0;
  for await (const recording of recordings) {
    if (!isGood(recording)) continue;
    seen += 1;
    const at = sample.length < size ? sample.length : Math.floor(random() * seen);
    if (at < size) sample[at] = recording;
  }
  return sample;
}

export interface JudgedSlowed {
  readonly trials: number;
  readonly reverts: number;
  /** Of these, within the time that is asked after the proof and after the layout came into force. */
  readonly inTime: number;
}

function isInTime(looks: readonly Look[], at: number): boolean {
  const [began, proof] = [looks[0]?.at ?? at, twentySlowAt(looks) ?? at];
  return at - began <= AFTER_FAULT_MS && at - proof <= AFTER_PROOF_MS;
}

/** J3. */
export async function judgeSlowed(recordings: Recordings): Promise<JudgedSlowed> {
  let [trials, reverts, inTime] = [0, 0, 0];
  for await (const recording of recordings) {
    const looks = isGood(recording) ? slowedLooks(recording) : undefined;
    if (looks === undefined) continue;
    trials += 1;
    const found = firstBreach(looks);
    if (found === undefined) continue;
    reverts += 1;
    if (isInTime(looks, found.at)) inTime += 1;
  }
  return { trials, reverts, inTime };
}

export interface JudgedSurged {
  readonly trials: number;
  readonly reverts: number;
  /** How many would be, did hosts not tell of their roots. */
  readonly revertsWithoutRoots: number;
}

const withoutRoots = (looks: readonly Look[]): Look[] =>
  looks.map(({ at, tallies }) => ({ at, tallies: tallies.map(({ roots: _, ...tally }) => tally) }));

/** J4. */
export async function judgeSurged(recordings: Recordings): Promise<JudgedSurged> {
  let [trials, reverts, revertsWithoutRoots] = [0, 0, 0];
  for await (const recording of recordings) {
    if (!isGood(recording)) continue;
    const looks = surgedLooks(recording);
    trials += 1;
    if (firstBreach(looks) !== undefined) reverts += 1;
    if (firstBreach(withoutRoots(looks)) !== undefined) revertsWithoutRoots += 1;
  }
  return { trials, reverts, revertsWithoutRoots };
}

type Pasts = Readonly<Record<string, CallCounts>>;

/** What was known of each moved operation before the trial. */
function pastsOf(tallies: readonly Tally[]): Pasts {
  return Object.fromEntries(
    Object.entries(operationsOf(tallies)).map(([name, { before }]) => [name, before]),
  );
}

/** With another past where that knows the operation; operations that it does not know are left out. */
const crossedWith = <T extends { readonly before: CallCounts }>(
  operations: Readonly<Record<string, T>>,
  pasts: Pasts,
): Record<string, T> =>
  Object.fromEntries(
    Object.entries(operations).flatMap(([name, counts]) => {
      const before = pasts[name];
      return before === undefined ? [] : [[name, { ...counts, before }]];
    }),
  );

/** The moved operations of all hosts are those of the first then: each would have the whole past otherwise. */
const withPasts = (tallies: readonly Tally[], pasts: Pasts): Tally[] =>
  tallies.map((tally, at) => ({
    ...tally,
    operations: at === 0 ? crossedWith(operationsOf(tallies), pasts) : {},
  }));

/** J2. `count` pairs of trials that have an operation in common, drawn by the seed. */
export const judgeCrossed = (
  recordings: readonly Recording[],
  count: number,
  seed: number,
): Promise<Judged> => judged(crossed(recordings.filter(isGood), count, seed));

function* crossed(good: readonly Recording[], count: number, seed: number): Generator<Look[]> {
  const random = seededRandom(seed);
  const draw = (): Recording | undefined => good[Math.floor(random() * good.length)];
  let found = 0;
  for (let drawn = 0; found < count && drawn < count * 4; drawn += 1) {
    const [one, other] = [draw(), draw()];
    const last = one?.looks.at(-1);
    if (one === other || last === undefined || other === undefined) continue;
    const pasts = pastsOf(last.tallies);
    if (Object.keys(operationsOf(other.looks.at(-1)?.tallies ?? [])).every((name) => !pasts[name])) continue;
    found += 1;
    yield other.looks.map(({ at, tallies }) => ({ at, tallies: withPasts(tallies, pasts) }));
  }
}
