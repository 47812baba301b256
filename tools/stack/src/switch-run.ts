/** One switch from proposal to its end, and what is known of all switches of a run. */
import { StackError } from '@atlas/platform-stack';
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

  /**
   * Takes a shape under which something is to be measured.
   * @returns what throws StackError when that shape is not in force any more, since a trial may take it back later
   * @throws StackError unless it is in force, and nothing runs under an older one; ControlError when it is refused
   */
  async become(target: Target, reason: string, signal: AbortSignal): Promise<() => Promise<void>> {
    const view = await this.perform(target, reason, { until: 'drained', signal });
    const drained = view.outcome === 'committed' && reached(view, 'drained');
    if (!drained && view.outcome !== 'unchanged') throw new StackError(notBecome(view));
    const { epoch } = await this.#control.status();
    return async () => {
      const now = await this.#control.status();
      if (now.epoch === epoch) return;
      throw new StackError(
        `the shop is ${now.mode ?? 'nothing'} in epoch ${now.epoch}, no longer ${view.to} in epoch ${epoch}: what was measured is of both (atlasctl history tells why)`,
      );
    };
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

/**
 * Who goes through shapes begins with bundles that hold everything, whatever an earlier start left in force.
 * @throws as `become`; the signal's reason
 */
export async function startTight(
  control: ControlClient,
  {
    bundles: bundle,
    reason,
    signal,
  }: { readonly bundles: number; readonly reason: string; readonly signal: AbortSignal },
): Promise<void> {
  const { layout, mode } = await control.status();
  if (mode !== 'tight' || (layout?.instances['bundle'] ?? 1) !== bundle)
    await new SwitchLog(control).become({ mode: 'tight', instances: { bundle } }, reason, signal);
  signal.throwIfAborted(); // no request here ends with it, and whoever listens from now on is not told
}

function notBecome({ to, phase, outcome, abort, trial }: SwitchView): string {
  const why = abort?.detail ?? trial?.detail;
  return `the shop did not become ${to}, so nothing can be measured of it: the switch is ${outcome ?? 'open'}, ${phase}${why ? ` (${why})` : ''}`;
}
