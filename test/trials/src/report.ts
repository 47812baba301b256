/** The report of a file of trials: of one run, or of several that went on where one had stopped. */
import type { Detection } from './faulty.ts';
import type { Entry, Run } from './journal.ts';

interface Spread {
  readonly median: number | null;
  readonly most: number | null;
}

const spread = (values: readonly (number | null)[]): Spread => {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? null, most: sorted.at(-1) ?? null };
};

const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 100) / 100;

function byKind(detections: readonly Detection[]): Record<string, unknown> {
  const kinds = [...new Set(detections.map(({ kind }) => kind))];
  return Object.fromEntries(
    kinds.map((kind) => {
      const all = detections.filter((one) => one.kind === kind);
      return [
        kind,
        {
          switches: all.length,
          reverted: all.filter(({ reverted }) => reverted).length,
          met: all.filter(({ met }) => met).length,
          sinceFaultMs: spread(all.map(({ sinceFaultMs }) => sinceFaultMs)),
          routedSinceFaultMs: spread(all.map(({ routedSinceFaultMs }) => routedSinceFaultMs)),
          sinceProofMs: spread(all.map(({ sinceProofMs }) => sinceProofMs)),
          runs: all,
        },
      ];
    }),
  );
}

/** Good switches whose trial came to a verdict, and those of them that were taken back. */
export interface Good {
  readonly judged: readonly Entry[];
  readonly reverted: readonly Entry[];
  /** Not committed, or superseded by something else before the verdict. */
  readonly untried: number;
}

export function goodOf(entries: readonly Entry[]): Good {
  const all = entries.filter(({ fault }) => fault === null);
  const judged = all.filter(({ verdict }) => verdict === 'passed' || verdict === 'failed');
  const reverted = judged.filter(({ verdict }) => verdict === 'failed');
  return { judged, reverted, untried: all.length - judged.length };
}

export const detectionsOf = (entries: readonly Entry[]): Detection[] =>
  entries.flatMap(({ detection }) => detection ?? []);

/** Good switches that may be taken back. */
const FALSE_AT_MOST = 0.01;

/**
 * Bad switches were taken back in time, and good ones were not. Where none of those that were asked for came to a
 * verdict, nothing is known.
 */
export function isGoodJudge(asked: { readonly switches: number }, entries: readonly Entry[]): boolean {
  const { judged, reverted } = goodOf(entries);
  if (asked.switches > 0 && judged.length === 0) return false;
  return reverted.length <= judged.length * FALSE_AT_MOST && detectionsOf(entries).every(({ met }) => met);
}

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

function runOf({ entries, ...facts }: Run): Record<string, unknown> {
  const { judged, reverted } = goodOf(entries);
  const ended = iso(entries.at(-1)?.endedAt);
  return { ...facts, ended, goodSwitches: judged.length, falseReverts: reverted.length };
}

/** @param onRecordedData what the judge says to the recordings; null while trials go on. */
export function reportOf(runs: readonly Run[], onRecordedData: unknown): Record<string, unknown> {
  const entries = runs.flatMap((run) => run.entries);
  const good = goodOf(entries);
  return {
    load: runs[0]?.load ?? null,
    goodSwitches: good.judged.length,
    falseReverts: good.reverted.length,
    falseDetails: good.reverted.map(({ detail }) => detail),
    untried: good.untried,
    trialMs: spread(good.judged.map(({ lastedMs }) => lastedMs)),
    prepareMs: spread(good.judged.map(({ prepareMs }) => prepareMs)),
    strain: {
      machine: spread(good.judged.map(({ strain }) => rounded(strain?.machine))),
      loop: spread(good.judged.map(({ strain }) => rounded(strain?.loop))),
    },
    runs: runs.map(runOf),
    faulty: byKind(detectionsOf(entries)),
    onRecordedData,
  };
}
