/** How good alarms were, by the labels. An alarm is a run of moments whose score is above the threshold. */

export interface Scores {
  /** Share of the moments that is labelled, 0–1: the precision of alarms by chance; null: there are none. */
  readonly labelled: number | null;
  /** Of the moments with an alarm, the share that is labelled; null: there was none. */
  readonly precision: number | null;
  /** Of the labelled moments, the share with an alarm; null: none is labelled. */
  readonly recall: number | null;
  /** Runs of labelled moments, and how many of them had an alarm while they lasted. */
  readonly events: number;
  readonly found: number;
  /** From the begin of an event to its first alarm: the median of those that were found, s. */
  readonly detectS: number | null;
  /** Alarms that touch no event, per day of what is not labelled. */
  readonly falsePerDay: number | null;
}

export interface Run {
  readonly from: number;
  /** The first moment after it. */
  readonly to: number;
}

/** Runs of moments for which something holds. */
export function runsOf(holds: readonly boolean[]): Run[] {
  const runs: Run[] = [];
  holds.forEach((now, i) => {
    if (!now) return;
    const last = runs.at(-1);
    if (last?.to === i) runs[runs.length - 1] = { from: last.from, to: i + 1 };
    else runs.push({ from: i, to: i + 1 });
  });
  return runs;
}

const meet = (a: Run, b: Run): boolean => a.from < b.to && b.from < a.to;
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** The upper one of two in the middle; null: of none. */
export function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? null;
}

/**
 * @param alarms and labels, moment by moment
 * @param stepS seconds from one to the next
 */
export function scoresOf(alarms: readonly boolean[], labels: readonly boolean[], stepS: number): Scores {
  const both = alarms.filter((alarm, i) => alarm && labels[i]).length;
  const [alarmed, labelled] = [alarms, labels].map((all) => all.filter(Boolean).length);
  const [raised, events] = [runsOf(alarms), runsOf(labels)];
  const delays = events.flatMap(({ from, to }) => {
    const at = alarms.indexOf(true, from);
    return at >= 0 && at < to ? [(at - from) * stepS] : [];
  });
  const unfounded = raised.filter((alarm) => !events.some((event) => meet(alarm, event)));
  const calmDays = ((labels.length - (labelled ?? 0)) * stepS) / 86_400;
  return {
    labelled: share(labelled ?? 0, labels.length),
    precision: share(both, alarmed ?? 0),
    recall: share(both, labelled ?? 0),
    events: events.length,
    found: delays.length,
    detectS: median(delays),
    falsePerDay: share(unfounded.length, calmDays),
  };
}
