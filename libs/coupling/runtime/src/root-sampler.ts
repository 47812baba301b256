import { steadyNow } from './steady-clock.ts';

const ONE_IN = 64;
/** One each so many ms at least: thin traffic must have a past, too, that a trial can judge it by. */
const EVERY_MS = 50;

/** Which roots have their calls timed; asked at admission. */
export class RootSampler {
  #takenAt: number;

  /** @param now of the steady clock, ms */
  constructor(now = steadyNow()) {
    this.#takenAt = now;
  }

  /** @param count of the roots so far, this one included. @param now of the steady clock, ms */
  takes(count: number, now: number): boolean {
    if (count % ONE_IN !== 0 && now - this.#takenAt < EVERY_MS) return false;
    this.#takenAt = now;
    return true;
  }
}
