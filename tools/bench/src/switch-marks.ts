/** What logs and request records of a run say about its switches. Pure. */
import type { RequestRecord } from '@atlas/load';
import type { SwitchView } from '@atlas/stack';
import type { Mark } from './shop-run.ts';
import { quantile } from './statistics.ts';

const epochOf = ({ fields }: Mark): number => Number(fields['epoch']);

/**
 * Epoch → ms from the moment the commit was sent to the database until the last of `edges` admits under it: commit
 * and spreading together.
 */
export function commitsToRouted(marks: readonly Mark[], edges: readonly string[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const commit of marks.filter(({ msg }) => msg === 'commit answered')) {
    const epoch = epochOf(commit);
    const admits = marks.filter(
      (mark) => mark.msg === 'epoch in force' && edges.includes(mark.of) && epochOf(mark) === epoch,
    );
    if (admits.length < edges.length) continue;
    const sentAt = commit.at - Number(commit.fields['ms']);
    found.set(epoch, Math.max(...admits.map(({ at }) => at)) - sentAt);
  }
  return found;
}

/** ms from the order to start each host (its record in the store included) until it is ready. */
export function hostStarts(marks: readonly Mark[]): { readonly instance: string; readonly ms: number }[] {
  const starts = marks.filter(({ of, msg }) => of === 'switcher' && msg === 'host started');
  return starts.flatMap((start) => {
    const instance = String(start.fields['instance']);
    const ready = marks.find(({ at, of, msg }) => of === instance && msg === 'ready' && at >= start.at - 1);
    return ready === undefined ? [] : [{ instance, ms: ready.at - (start.at - Number(start.fields['ms'])) }];
  });
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** From the decision until every edge admits under the new epoch. */
export const windowOf = ({ decidedAt, routedMs }: SwitchView): Window => ({
  from: decidedAt,
  to: decidedAt + (routedMs ?? 0),
});

/**
 * Requests that are due in one of the windows. Those that were in flight when a window begins are not asked: long ones
 * would count more often than others.
 */
export const dueWithin = (requests: readonly RequestRecord[], windows: readonly Window[]): RequestRecord[] =>
  requests.filter(({ scheduled }) => windows.some(({ from, to }) => scheduled >= from && scheduled < to));

/** 99th percentile of their latency, counted from the scheduled moment. */
export const p99Within = (requests: readonly RequestRecord[], windows: readonly Window[]): number =>
  quantile(
    dueWithin(requests, windows).map(({ scheduled, done }) => done - scheduled),
    0.99,
  );
