/**
 * What a figure usually is, and how far it strays from that: two exponential means.
 *
 * U1  What is unusual is learned slowly: a step beyond `CLIP` deviations counts as one of `CLIP`, and weighs a tenth.
 * U2  The first values are averaged, so the beginning weighs no more than what follows.
 */

/** U1. */
const CLIP = 3;
const DOUBTED = 0.1;
/** Mean distance from the mean → standard deviation, of a normal distribution. */
const PER_DISTANCE = 1.253;

export class Usual {
  #seen = 0;
  #mean = 0;
  #distance = 0;

  get mean(): number {
    return this.#mean;
  }

  get seen(): number {
    return this.#seen;
  }

  /** Deviations above the usual. @param floor least deviation, > 0 */
  above(value: number, floor: number): number {
    return (value - this.#mean) / Math.max(floor, this.#distance * PER_DISTANCE);
  }

  /**
   * @param weight of the newest value, 0–1
   * @param floor U1 is by it, too; Infinity: the value is learned as it is
   */
  learn(value: number, weight: number, floor: number): void {
    this.#seen += 1;
    if (this.#seen === 1) {
      this.#mean = value;
      return;
    }
    const most = CLIP * Math.max(floor, this.#distance * PER_DISTANCE);
    const away = Math.min(most, Math.max(-most, value - this.#mean));
    const doubt = away === value - this.#mean ? 1 : DOUBTED; // U1
    const step = doubt * Math.max(weight, 1 / this.#seen); // U2
    this.#mean += step * away;
    this.#distance += step * (Math.abs(away) - this.#distance);
  }
}
