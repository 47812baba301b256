import type { Link } from './link.ts';

/** A call that may be what crashed its host. */
export interface Suspect {
  readonly tried: ReadonlySet<string>;
  sendTo(link: Link): void;
}

/**
 * The line of one module's suspected calls.
 *
 * L1  At most one of them runs at a time.
 * L2  Each runs only on a *service* instance that it has not met before, never on the standby.
 */
export class SuspectLine<S extends Suspect> {
  readonly #waiting: S[] = [];
  readonly #instances: () => readonly Link[];
  #running: S | undefined = undefined;

  /** @param instances ready service instances of the module. */
  constructor(instances: () => readonly Link[]) {
    this.#instances = instances;
  }

  get length(): number {
    return this.#waiting.length + (this.#running === undefined ? 0 : 1);
  }

  /** Joins at the end; a running suspect that could not be served gives its place up first. */
  join(suspect: S): void {
    if (this.#running === suspect) this.#running = undefined;
    if (!this.#waiting.includes(suspect)) this.#waiting.push(suspect);
    this.poke();
  }

  /** The suspect is over, whether it ran or not. */
  leave(suspect: S): void {
    const place = this.#waiting.indexOf(suspect);
    if (place >= 0) this.#waiting.splice(place, 1);
    if (this.#running !== suspect) return;
    this.#running = undefined;
    this.poke();
  }

  /** Instances or links have changed: perhaps the next can run (L1, L2). */
  poke(): void {
    if (this.#running !== undefined) return;
    for (const suspect of this.#waiting) {
      const link = this.#instances().find(
        ({ state, endpoint }) =>
          (state === 'ready' || state === 'connecting') && !suspect.tried.has(endpoint.nonce),
      );
      if (link === undefined) continue;
      this.#waiting.splice(this.#waiting.indexOf(suspect), 1);
      this.#running = suspect;
      suspect.sendTo(link);
      return;
    }
  }
}
