/**
 * A detector without training: how far each figure is above what it usually is, in its own deviations. Only the worse
 * side counts.
 *
 * A1  Two kinds of evidence must agree: the score is of the mean of the two worst. Errors alone suffice, for they count
 *     up to twice as far.
 * A2  One second is no anomaly: the score is the median of the last ten.
 * A3  More load than usual explains what it brings; the table has rules of its own for it. While there is, nothing is
 *     said, and what is seen is learned at once. So is what is seen after the shop changed its shape.
 * A4  A second that was not wholly seen says nothing, teaches nothing, and takes back what the ten seconds said: no
 *     telemetry that is refused, late, old or missing makes a score.
 * A5  What is no finite number is no signal.
 * A6  It remembers `MOST_SIGNALS` at the most: hosts come and go.
 */
import type { AnomalyDetector, Features, Score, Signal } from './detector.ts';
import { Usual } from './usual.ts';

/** Seconds that are learned from before anything is said. */
const LEARNED = 60;
/** A2. */
const WINDOW = 10;
/** Weights of the newest second: usually, and while A3 holds. */
const SLOWLY = 1 / 120;
const AT_ONCE = 1 / 15;
/** A3: load above this many times the usual, plus some, is more; seconds after a change of shape. */
const MORE_LOAD = 1.25;
const SOME_RPS = 5;
const SETTLING = 15;
/** A6. */
const MOST_SIGNALS = 2_000;
/** The mean of two worst deviations that makes 0.5: at 6 the score is 0.7 (§5.3). */
const HALF = 3.928;

interface Kind {
  readonly kind: string;
  readonly of: string;
  readonly above: number;
}

const squashed = (deviation: number): number => deviation ** 2 / (deviation ** 2 + HALF ** 2);

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

/** The worst of each kind, worst first. */
function worstOf(all: readonly Kind[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const each of all) {
    const known = kinds.get(each.kind);
    if (known === undefined || each.above > known.above) kinds.set(each.kind, each);
  }
  return [...kinds.values()].sort((a, b) => b.above - a.above);
}

const sound = ({ value, floor, most }: Signal): boolean =>
  Number.isFinite(value) && floor > 0 && Number.isFinite(floor) && most >= 0;

export class Residuals implements AnomalyDetector {
  readonly #usual = new Map<string, Usual>();
  readonly #load = new Usual();
  #recent: number[] = [];
  #settling = 0;

  look(features: Features | undefined): Score | undefined {
    if (features === undefined || !Number.isFinite(features.rps) || features.rps < 0) return this.#nothing(); // A4
    const { rps } = features;
    const signals = features.signals.filter(sound); // A5
    const more = this.#load.seen > 0 && rps > MORE_LOAD * this.#load.mean + SOME_RPS;
    const known = this.#load.seen >= LEARNED;
    this.#load.learn(rps, SLOWLY, Infinity);
    const explained = more || this.#settling > 0 || !known;
    this.#settling = Math.max(0, this.#settling - 1);
    const worst = worstOf(signals.map((signal) => this.#judge(signal, explained)));
    if (explained) return this.#nothing(); // A3
    const [first, second] = worst;
    const deviation = ((first?.above ?? 0) + (second?.above ?? 0)) / 2; // A1
    this.#recent = [...this.#recent.slice(1 - WINDOW), squashed(deviation)];
    if (this.#recent.length < WINDOW) return undefined;
    const because = worst
      .filter(({ above }) => above > HALF)
      .map(({ kind, of }) => (of ? `${kind} of ${of}` : kind));
    return { score: median(this.#recent), because: because.slice(0, 3) };
  }

  /** Number of signals whose usual it knows (A6). */
  get remembers(): number {
    return this.#usual.size;
  }

  moved(): void {
    this.#settling = SETTLING;
    this.#nothing();
  }

  #nothing(): undefined {
    this.#recent = [];
    return undefined;
  }

  /** How far it is above its usual, which it then becomes a part of. A kind that was never seen is usual. */
  #judge({ kind, of, value, floor, most }: Signal, explained: boolean): Kind {
    const name = `${kind} ${of}`;
    let usual = this.#usual.get(name);
    if (usual === undefined) {
      if (this.#usual.size >= MOST_SIGNALS) this.#usual.clear(); // A6
      this.#usual.set(name, (usual = new Usual()));
    }
    const above = usual.seen < LEARNED ? 0 : Math.min(most, Math.max(0, usual.above(value, floor)));
    usual.learn(value, explained ? AT_ONCE : SLOWLY, explained ? Infinity : floor);
    return { kind, of, above };
  }
}
