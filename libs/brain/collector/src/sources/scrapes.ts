/**
 * Readings that the hosts tell themselves.
 *
 * S1  A text is of the moment in which it came, for a host that answers late was busy and wrote it then. Only when the
 *     brain itself stood still while it waited, it may be as old as that: it is not taken, or all that happened since
 *     would look like the work of one second.
 */
import type { Clocks, Target } from '../collector.ts';
import { readingOf } from '../reading.ts';
import type { Source } from './source.ts';

export interface ScrapesParts {
  /** The text of a host's metrics; rejects when there is none in time. */
  readonly read: (target: Target) => Promise<string>;
  readonly clocks: Pick<Clocks, 'steadyMs'>;
  /** The clock by which a stand-still shows, ms; real by default. */
  readonly pulseMs?: () => number;
}

/** S1, ms. */
const BEAT_MS = 100;
const STILL_MS = 500;

/** Beats until it is ended, and tells how long it stood still at the most, ms. */
function startPulse(now: () => number) {
  let [last, longest] = [now(), 0];
  const beat = (): number => {
    longest = Math.max(longest, now() - last);
    last = now();
    return longest;
  };
  const timer = setInterval(beat, BEAT_MS);
  return { stoodMs: beat, end: () => clearInterval(timer) };
}

/** Asks every host for its `/metrics`. */
export const scrapes = ({ read, clocks, pulseMs = () => performance.now() }: ScrapesParts): Source => ({
  async take(target) {
    const pulse = startPulse(pulseMs);
    try {
      const text = await read(target);
      if (pulse.stoodMs() > STILL_MS) throw new Error('the brain stood still meanwhile');
      return { process: target.process, steadyMs: clocks.steadyMs(), reading: readingOf(text) };
    } finally {
      pulse.end();
    }
  },
});
