import type { AnomalyDetector, Score } from '@atlas/brain-anomaly';
import type { Summary } from '@atlas/brain-collector';
import { featuresOf } from './features.ts';
import type { Shape } from './thought.ts';

/**
 * Shows a detector second after second, and what the shop itself does to them: switches, and hosts that start. A host
 * that was not seen for a while is not a new one: an ill host answers late, and its illness is not to be learned.
 */
export class Unusual {
  readonly #detector: AnomalyDetector;
  #epoch: number | undefined;

  constructor(detector: AnomalyDetector) {
    this.#detector = detector;
  }

  /** Undefined while nothing can be said; so it is without the shape, for a switch may be under way then. Nor is that learned. */
  look(second: Summary, shape: Shape | undefined): Score | undefined {
    if (shape === undefined) return this.#detector.look(undefined);
    if (this.#moves(second, shape)) this.#detector.moved();
    return this.#detector.look(featuresOf(second));
  }

  #moves(second: Summary, shape: Shape): boolean {
    const started = second.flaws.some(({ flaw }) => flaw === 'first');
    const switched = shape.coming !== null || shape.epoch !== this.#epoch;
    this.#epoch = shape.epoch;
    return started || switched;
  }
}
