/** Who moves the shape during a replay in trace time. */
import type { Target } from './control-client.ts';

export const CONTROLLERS = ['tight', 'tight2', 'loose', 'reactive', 'atlas'] as const;
export type ControllerName = (typeof CONTROLLERS)[number];

export interface ControllerSpec {
  /** The shape at the start; static controllers keep it. */
  readonly initial: Target & { readonly mode: 'tight' | 'loose' };
  /** What the brain may do by itself. */
  readonly level: 0 | 4;
  /** Who decides in the brain. */
  readonly decides: 'atlas' | 'reactive';
  /** Whether it keeps something warm for what nobody foresees, and so has it at the start. */
  readonly insures: boolean;
}

const TIGHT = { mode: 'tight' } as const;

/** At level 0 the brain watches and forecasts, and moves nothing. */
export const CONTROLLER: Readonly<Record<ControllerName, ControllerSpec>> = {
  tight: { initial: TIGHT, level: 0, decides: 'atlas', insures: false },
  tight2: {
    initial: { mode: 'tight', instances: { bundle: 2 } },
    level: 0,
    decides: 'atlas',
    insures: false,
  },
  loose: { initial: { mode: 'loose' }, level: 0, decides: 'atlas', insures: false },
  reactive: { initial: TIGHT, level: 4, decides: 'reactive', insures: false },
  atlas: { initial: TIGHT, level: 4, decides: 'atlas', insures: true },
};
