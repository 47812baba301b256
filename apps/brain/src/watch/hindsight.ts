/**
 * What became of the shapes that somebody wanted: those that failed rest.
 *
 * H1  A shape that a trial took back counts once, however long its revert is told. Nobody says which of its services made
 *     it fail, so what needs all of them rests with it.
 * H2  What was under way, or was taken on, and is not any more, while the same epoch is in force and nothing else comes,
 *     was given up: for its hosts that are not ready, if there are any. Who takes its place says nothing of it.
 * H3  What was to be kept warm and is not ready six times as long as a start takes does not start.
 * H4  An operator's freeze ends all that, and says nothing of it.
 */
import {
  failed,
  needing,
  rungOf,
  type DecisionState,
  type Observation,
  type Policy,
} from '@atlas/brain-decision';
import { BUNDLE, sameLayout, servicesOf, type Layout } from '@atlas/control-layout';
import type { Shape } from './thought.ts';

/** A look, and the epoch at the look before. */
export interface Look {
  readonly seen: Observation;
  readonly shape: Shape;
  readonly epochBefore: number | undefined;
}

interface Gone {
  readonly layout: Layout;
  /** That it had; null: it was never in force. */
  readonly epoch: number | null;
}

/** H3. */
const LATE = 6;

const lateOf = (layout: Layout, { ready }: Observation): string[] =>
  servicesOf(layout).filter((service) => (ready[service] ?? 0) === 0);

/** It needs a bundle more than serve or are in reserve. */
const lacksBundle = (layout: Layout, { ready, layout: now }: Observation): boolean =>
  Math.max(now.instances[BUNDLE] ?? 1, ready[BUNDLE] ?? 0) < (layout.instances[BUNDLE] ?? 1);

export class Hindsight {
  readonly #policy: Policy;
  /** H2. */
  #awaited: Layout | undefined;
  /** H3. */
  #warming: { readonly layout: Layout; readonly sinceMs: number } | undefined;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** The switcher has taken it on. */
  await(to: Layout): void {
    this.#awaited = to;
  }

  /** The switcher keeps it warm from now on, ms of trace time. */
  warm(layout: Layout, sinceMs: number): void {
    this.#warming = { layout, sinceMs };
  }

  /** What is remembered after a look. */
  learn(before: DecisionState, { seen, shape, epochBefore }: Look): DecisionState {
    const awaited = epochBefore === shape.epoch ? this.#awaited : undefined;
    const frozen = shape.autonomy.frozen !== null; // H4
    this.#awaited = shape.coming ?? undefined;
    const gone: Gone[] = [];
    if (awaited && shape.coming === null && !frozen && !sameLayout(awaited, shape.layout))
      gone.push({ layout: awaited, epoch: null }); // H2
    const cold = this.#cold(seen, frozen);
    if (cold) gone.push({ layout: cold, epoch: null });
    if (shape.reverted) gone.push(shape.reverted); // H1
    return gone.reduce((state, each) => this.#fail(state, seen, each), before);
  }

  /** H3. */
  #cold(seen: Observation, frozen: boolean): Layout | undefined {
    const warming = this.#warming;
    if (warming === undefined) return undefined;
    const isLate = seen.atMs - warming.sinceMs > LATE * this.#policy.startMs;
    const late = lateOf(warming.layout, seen).length > 0 || lacksBundle(warming.layout, seen);
    if (frozen || !late || isLate) this.#warming = undefined;
    return !frozen && late && isLate ? warming.layout : undefined;
  }

  #fail(state: DecisionState, seen: Observation, { layout, epoch }: Gone): DecisionState {
    const policy = this.#policy;
    const rung = policy.rungs[rungOf(layout, policy)]?.name ?? '';
    const cold = epoch === null ? lateOf(layout, seen) : [];
    const late = cold.length > 0 || (epoch === null && lacksBundle(layout, seen));
    const also = needing(late ? cold : servicesOf(layout), { seen, policy }).filter((name) => name !== rung);
    return failed({ rung, epoch, atMs: seen.atMs, also, late }, { state, policy });
  }
}
