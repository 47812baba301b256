import type { LeaseRow, StoreState } from '@atlas/control-store';

export interface Judgement {
  /** Leases whose instances may be called. */
  readonly kept: readonly LeaseRow[];
  /** Instances that are silent, but so many at once that the store or the judge must be ill. */
  readonly frozen: readonly string[];
}

/**
 * Who of the others can be reached, given who was known before.
 *
 * J1  Evidence frees at once: an exit, a successor with the same instance name, a lease that is listed no more. Only a
 *     leave, an exit and a fence take one off the list, and an exit may be listed no more itself.
 * J2  Without evidence, a silent instance is dropped only by a judge with a full lease of unbroken contact.
 * J3  Many silent together without evidence are kept. Many: half of those known, and two at least.
 * J4  The last bundle is kept while nothing proves that it ended: nobody stands by for it, and a call can only wait. One
 *     that is not ready, is in reserve or leaves stands by for nobody.
 */
export function judgeEndpoints(
  known: readonly LeaseRow[],
  state: StoreState,
  { self, mayJudge }: { readonly self: string; readonly mayJudge: boolean },
): Judgement {
  const gone = new Set(state.exits.map((exit) => exit.nonce));
  const others = state.leases.filter((lease) => lease.nonce !== self && !gone.has(lease.nonce));
  const live = others.filter((lease) => lease.live);
  const liveNonces = new Set(live.map((lease) => lease.nonce));
  const missing = known.filter(({ nonce }) => !gone.has(nonce) && !liveNonces.has(nonce));
  if (missing.length === 0) return { kept: live, frozen: [] };
  const successors = new Set(live.map((lease) => lease.instance));
  const listed = new Set(others.map((lease) => lease.nonce));
  const unexplained = missing.filter(({ instance, nonce }) => listed.has(nonce) && !successors.has(instance));
  const many = unexplained.length >= 2 && unexplained.length * 2 >= known.length;
  const bundleLeft = live.some((lease) => lease.kind === 'bundle' && lease.health === 'ready');
  const isLast = (lease: LeaseRow): boolean => lease.kind === 'bundle' && !bundleLeft;
  const keep = many ? unexplained : unexplained.filter((lease) => !mayJudge || isLast(lease));
  return {
    kept: [...live, ...keep],
    frozen: many ? unexplained.map((lease) => lease.instance).sort() : [],
  };
}
