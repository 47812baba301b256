/** What the machine wants done. Each is idempotent and repeated until an observation shows that it happened. */
import type { Layout } from '@atlas/control-layout';

export type Effect =
  /** Write the new layout and make it the prepared epoch. */
  | { readonly kind: 'propose'; readonly basedOn: number; readonly layout: Layout }
  /** Nothing is prepared any more. */
  | { readonly kind: 'withdraw'; readonly epoch: number }
  /** `onTrial`: modules whose calls are to be counted and timed from then on. */
  | {
      readonly kind: 'commit';
      readonly from: number;
      readonly to: number;
      readonly onTrial: readonly string[];
    }
  /** Hosts need not count for this epoch any more. */
  | { readonly kind: 'end-trial'; readonly epoch: number }
  /** Opens the switch that undoes this one, unless one is open. */
  | { readonly kind: 'revert'; readonly id: string }
  /** No root of this epoch is left anywhere. */
  | { readonly kind: 'mark-drained'; readonly epoch: number }
  /** `reserve`: a bundle that is to accept nobody until it is opened. */
  | { readonly kind: 'start'; readonly app: string; readonly instance: string; readonly reserve?: true }
  /** A bundle in reserve may accept from now on. */
  | { readonly kind: 'open'; readonly instance: string; readonly nonce: string }
  | { readonly kind: 'stop'; readonly instance: string; readonly nonce: string }
  /** It is not needed, but may be soon. */
  | { readonly kind: 'keep'; readonly instance: string; readonly nonce: string; readonly until: number }
  /** It hangs. */
  | { readonly kind: 'kill'; readonly instance: string; readonly nonce: string };

export type EffectKind = Effect['kind'];
export const EFFECTS: readonly EffectKind[] = [
  'propose',
  'withdraw',
  'commit',
  'end-trial',
  'revert',
  'mark-drained',
  'start',
  'open',
  'stop',
  'keep',
  'kill',
];
