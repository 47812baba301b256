import type { AnomalyDetector, Score } from '@atlas/brain-anomaly';
import type { Summary } from '@atlas/brain-collector';
import { featuresOf } from './features.ts';
import type { Shape } from './thought.ts';

/** Shows a detector second after second, and what the shop itself does to them: switches, and hosts that start. */
export class Unusual {
  readonly #detector: AnomalyDetector;
  #epoch: number | undefined;
  #hosts: ReadonlySet<string> = new Set();

  constructor(detector: AnomalyDetector) {
    this.#detector = detector;
  }

  /** Undefined while nothing can be said; so it is without the shape, for a switch may be under way then. */
  look(second: Summary, shape: Shape | undefined): Score | undefined {
    if (this.#moves(second, shape)) this.#detector.moved();
    return this.#detector.look(featuresOf(second));
  }

  #moves(second: Summary, shape: Shape | undefined): boolean {
    const hosts = new Set(Object.keys(second.hosts));
    const started = [...hosts].some((host) => !this.#hosts.has(host));
    if (hosts.size > 0) this.#hosts = hosts;
    const switched = shape === undefined || shape.coming !== null || shape.epoch !== this.#epoch;
    this.#epoch = shape?.epoch ?? this.#epoch;
    return started || switched;
  }
}
