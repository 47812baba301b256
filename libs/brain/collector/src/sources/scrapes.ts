import type { Clocks, Target } from '../collector.ts';
import { readingOf } from '../reading.ts';
import type { Source } from './source.ts';

export interface ScrapesParts {
  /** The text of a host's metrics; rejects when there is none in time. */
  readonly read: (target: Target) => Promise<string>;
  readonly clocks: Pick<Clocks, 'steadyMs'>;
}

/** Asks every host for its `/metrics`. */
export const scrapes = ({ read, clocks }: ScrapesParts): Source => ({
  async take(target) {
    const text = await read(target);
    return { process: target.process, steadyMs: clocks.steadyMs(), reading: readingOf(text) };
  },
});
