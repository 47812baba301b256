/**
 * The last days of one series, a value a minute, gaps included.
 *
 * M1  Minutes only go forward, but by `rewind`. A minute that was left out is a gap: it has no value and counts in no mean.
 * M2  Every mean over any span costs the same: sums are kept from the first minute on, and subtracted.
 * M3  A minute far above all others of the last day that is over with the next known one, within five minutes, counts in no
 *     mean: it is no level, and no part of a day's curve. What comes each day at that time counts. Whether it begins a
 *     surge nobody knows before.
 */

/** Eight days: a week back, and the hour around it. */
export const HISTORY_MIN = 8 * 1_440;

/** M3: so many times the highest of a day and the hour before it. */
const FAR_ABOVE = 3;
const LONE_MIN = 1_440 + 60;
/** M3: a burst may cost the minutes after it their telemetry. */
const OVER_WITHIN_MIN = 5;

/** Of minutes before 1970, too. */
const modulo = (minute: number, size: number): number => ((minute % size) + size) % size;

export class MinuteHistory {
  readonly #capacity: number;
  /** Sum and number of all values before a minute; slot of the minute's successor. */
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  readonly #values: Float64Array;
  #first = 0;
  #next: number | undefined;

  constructor(capacity = HISTORY_MIN) {
    this.#capacity = capacity;
    this.#sums = new Float64Array(capacity + 1);
    this.#counts = new Float64Array(capacity + 1);
    this.#values = new Float64Array(capacity).fill(Number.NaN);
  }

  /** The newest minute, in minutes since 1970; undefined before the first. */
  get now(): number | undefined {
    return this.#next === undefined ? undefined : this.#next - 1;
  }

  /**
   * Appends; minutes between the newest and this one become gaps (M1).
   * @param value per second, ≥ 0; undefined: known to be missing.
   * @returns false when the minute is not later than the newest, or the value is no number ≥ 0: nothing changed.
   */
  push(minute: number, value: number | undefined): boolean {
    if (!Number.isSafeInteger(minute)) return false;
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) return false;
    if (this.#next === undefined || minute - this.#next >= this.#capacity) this.#restart(minute);
    else if (minute < this.#next) return false;
    while ((this.#next ?? minute) < minute) this.#append(undefined);
    this.#append(value);
    return true;
  }

  /** Forgets a minute and all that came after it: the clock that told them was set back. */
  rewind(minute: number): void {
    if (this.#next === undefined || minute >= this.#next) return;
    if (minute <= this.#first) this.#restart(minute);
    else this.#next = minute;
  }

  #restart(minute: number): void {
    this.#first = minute;
    this.#next = minute;
    this.#sums.fill(0);
    this.#counts.fill(0);
    this.#values.fill(Number.NaN);
  }

  #append(value: number | undefined): void {
    const minute = this.#next ?? 0;
    let last = minute - 1;
    while (last > minute - OVER_WITHIN_MIN && this.at(last) === undefined) last -= 1;
    this.#count(last, this.#isLone(last, value) ? undefined : this.at(last));
    for (let hole = last + 1; hole < minute; hole += 1) this.#count(hole, undefined);
    this.#count(minute, value);
    this.#values[modulo(minute, this.#capacity)] = value ?? Number.NaN;
    this.#next = minute + 1;
    this.#first = Math.max(this.#first, minute + 1 - this.#capacity);
  }

  /** What a minute adds to all means. */
  #count(minute: number, value: number | undefined): void {
    if (minute < this.#first) return;
    const [at, after] = [this.#slot(minute), this.#slot(minute + 1)];
    this.#sums[after] = (this.#sums[at] ?? 0) + (value ?? 0);
    this.#counts[after] = (this.#counts[at] ?? 0) + (value === undefined ? 0 : 1);
  }

  /** M3. @param next what came next */
  #isLone(minute: number, next: number | undefined): boolean {
    const most = (this.at(minute) ?? 0) / FAR_ABOVE;
    if (next === undefined || next >= most) return false;
    let known = false;
    for (let other = minute - 1; other >= minute - LONE_MIN; other -= 1) {
      const value = this.at(other);
      if (value !== undefined && value >= most) return false;
      known ||= value !== undefined;
    }
    return known;
  }

  readonly #slot = (minute: number): number => modulo(minute, this.#capacity + 1);

  /** The value of a minute; undefined for gaps, the future, and what is forgotten. */
  at(minute: number): number | undefined {
    if (this.#next === undefined || minute < this.#first || minute >= this.#next) return undefined;
    const value = this.#values[modulo(minute, this.#capacity)] ?? Number.NaN;
    return Number.isNaN(value) ? undefined : value;
  }

  /** Mean of the known values from `from` up to, not including, `to`; undefined when there are none (M2). */
  mean(from: number, to: number): number | undefined {
    if (this.#next === undefined) return undefined;
    const begin = Math.max(from, this.#first);
    const end = Math.min(to, this.#next);
    if (end <= begin) return undefined;
    const [a, b] = [this.#slot(begin), this.#slot(end)];
    const count = (this.#counts[b] ?? 0) - (this.#counts[a] ?? 0);
    return count === 0 ? undefined : Math.max(0, ((this.#sums[b] ?? 0) - (this.#sums[a] ?? 0)) / count);
  }

  /** Mean of the last `length` minutes. */
  recent(length: number): number | undefined {
    const next = this.#next ?? 0;
    return this.mean(next - length, next);
  }
}
