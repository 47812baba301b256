/** One switch from proposal to its end, and what is known of all switches of a run. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SwitchView } from '@atlas/control-api';
import { ControlError, type ControlClient, type Target } from './control-client.ts';

const LOOK_EVERY_MS = 150;
/** Longer than prepare (30 s), the longest root (30 s) and retirement together. */
const END_WITHIN_MS = 90_000;

/** Told once of each switch: as soon as its outcome is certain. */
export type SwitchListener = (view: SwitchView) => void;

/** How far to wait: `routed`: all edges admit under it (the old epoch may still drain); `drained`: nothing runs under the old one. */
export type Until = 'routed' | 'drained';

/** Whether there is nothing to wait for any more. */
export function reached(view: SwitchView, until: Until): boolean {
  if (view.done || view.outcome === 'unchanged' || view.outcome === 'aborted' || view.outcome === 'reverted')
    return true;
  return until === 'routed' ? view.routedMs !== null : view.drainMs !== null;
}

export class SwitchLog {
  readonly #control: ControlClient;
  readonly #onOutcome: SwitchListener;
  readonly #views = new Map<string, SwitchView>();

  constructor(control: ControlClient, onOutcome: SwitchListener = () => undefined) {
    this.#control = control;
    this.#onOutcome = onOutcome;
  }

  /** Proposes and follows one. Resolves to its last look. @throws ControlError when it is refused for good. */
  async perform(
    target: Target,
    reason: string,
    options: { until: Until; signal: AbortSignal },
  ): Promise<SwitchView> {
    const proposed = await this.#control.propose(target, reason, options.signal);
    this.#note(proposed);
    return this.#follow(proposed, options.until, options.signal);
  }

  /** Waits until none of this log's switches has anything left to do. */
  async settle(signal: AbortSignal): Promise<void> {
    for (const view of this.#views.values()) {
      if (!reached(view, 'drained')) await this.#follow(view, 'drained', signal);
    }
  }

  /** Adds switches that others asked for since `since` (ms since 1970). */
  async includeOthers(since: number): Promise<void> {
    const history = await this.#control.history().catch(() => []);
    for (const view of history) {
      if (view.kind !== 'bootstrap' && view.decidedAt >= since) this.#views.set(view.id, view);
    }
  }

  /** In the order in which they were decided. */
  all(): SwitchView[] {
    return [...this.#views.values()].sort((a, b) => a.decidedAt - b.decidedAt);
  }

  /** Switches that are not through yet. */
  open(): SwitchView[] {
    return this.all().filter((view) => !reached(view, 'drained'));
  }

  async #follow(first: SwitchView, until: Until, signal: AbortSignal): Promise<SwitchView> {
    let view = first;
    for (const end = performance.now() + END_WITHIN_MS; !reached(view, until);) {
      if (performance.now() > end) return view;
      await wait(LOOK_EVERY_MS, undefined, { signal });
      view = await this.#control.get(first.id).catch((error: unknown) => {
        if (error instanceof ControlError && error.code !== 'switch_not_found') return view;
        throw error;
      });
      this.#note(view);
    }
    return view;
  }

  #note(view: SwitchView): void {
    const before = this.#views.get(view.id);
    this.#views.set(view.id, view);
    if (view.outcome !== null && (before?.outcome ?? null) === null) this.#onOutcome(view);
  }
}
