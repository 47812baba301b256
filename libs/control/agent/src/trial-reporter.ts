import type { HostStore } from '@atlas/control-store';
import type { AgentHost } from './options.ts';
import type { AgentRuntime } from './runtime.ts';

/** While an epoch is on trial, what has changed is told this often, ms … */
const REPORT_EVERY_MS = 100;
/** … and this often when nothing has: the trial's age is news, too. */
const STILL_THERE_EVERY_MS = 500;
/** A timer that comes so long after the one before, ms, is late: the loop stood still, and sockets come after timers. */
const LATE_AFTER_MS = 300;

interface TrialReporterOptions {
  readonly store: Pick<HostStore, 'reportTally'>;
  readonly host: Pick<AgentHost, 'instance' | 'nonce'>;
  readonly runtime: Pick<AgentRuntime, 'tally'>;
  /** Monotonic, ms. */
  readonly now: () => number;
}

/**
 * Tells the store what this host counts during a trial, over its control connection.
 *
 * P1  One report at a time: a slow store gets fewer, not a queue of them.
 * P2  A report that fails is no news of its own: the heartbeat notices, and the next report says it all again.
 * P3  One that comes late says so.
 */
export class TrialReporter {
  readonly #options: TrialReporterOptions;
  #timer: NodeJS.Timeout | undefined = undefined;
  #underWay = false;
  #told = '';
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: TrialReporterOptions) {
    this.#options = options;
  }

  /** Tells again and again while something is on trial. */
  follow(on: boolean): void {
    clearInterval(this.#timer);
    const { now } = this.#options;
    let before = now();
    const tick = (): void => {
      const late = now() - before > LATE_AFTER_MS;
      before = now();
      void this.report(late);
    };
    this.#timer = on ? setInterval(tick, REPORT_EVERY_MS) : undefined;
  }

  /** Never rejects. @param late as of roots (P3) */
  async report(late = false): Promise<void> {
    if (this.#underWay) return;
    const { store, host, runtime, now } = this.#options;
    const counted = runtime.tally();
    if (counted === undefined) return;
    const tally = late && counted.roots ? { ...counted, roots: { ...counted.roots, late } } : counted;
    const counts = JSON.stringify([tally.epoch, tally.operations]);
    if (counts === this.#told && now() - this.#toldAt < STILL_THERE_EVERY_MS) return;
    this.#underWay = true;
    try {
      await store.reportTally(host.instance, host.nonce, tally);
      this.#told = counts;
      this.#toldAt = now();
    } catch {
      this.#told = '';
    } finally {
      this.#underWay = false;
    }
  }
}
