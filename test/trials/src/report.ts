/** The report of a run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { machineFacts } from '@atlas/stack';
import type { SwitchView } from '@atlas/control-api';
import type { Detection } from './faulty.ts';
import { judgeAgain, judgeCrossed } from './judge-again.ts';
import type { Recording } from './recording.ts';

/** Judgements over crossed recordings. */
const CROSSED = 2_000;

const ms = (values: readonly (number | null)[]): { median: number | null; most: number | null } => {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? null, most: sorted.at(-1) ?? null };
};

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
          sinceFaultMs: ms(all.map(({ sinceFaultMs }) => sinceFaultMs)),
          routedSinceFaultMs: ms(all.map(({ routedSinceFaultMs }) => routedSinceFaultMs)),
          sinceProofMs: ms(all.map(({ sinceProofMs }) => sinceProofMs)),
          runs: all,
        },
      ];
    }),
  );
}

/** The strain at the end of each trial: middle and most. */
const strainOf = (recordings: readonly Recording[]): Record<string, unknown> => {
  const of = (which: 'machine' | 'loop') =>
    ms(
      recordings.map(({ looks }) => {
        const last = looks.at(-1)?.tallies.map(({ strain }) => strain[which]) ?? [];
        return last.length === 0 ? null : Math.round(Math.max(...last) * 100) / 100;
      }),
    );
  return { machine: of('machine'), loop: of('loop') };
};

export interface Outcome {
  /** What was checked out when the run began, and hence built; null without git. */
  readonly commit: string | null;
  readonly seed: number;
  readonly saturated: boolean;
  readonly rate: number;
  readonly minutes: number;
  readonly good: readonly SwitchView[];
  readonly detections: readonly Detection[];
  readonly recordings: readonly Recording[];
}

export function reportOf(outcome: Outcome): Record<string, unknown> {
  const { commit, seed, saturated, rate, minutes, good, detections, recordings } = outcome;
  const judged = good.filter(({ trial }) => trial !== null && trial.verdict !== 'none');
  const reverted = judged.filter(({ outcome: how }) => how === 'reverted');
  return {
    commit,
    machine: machineFacts(),
    ...{ seed, saturated, requestsPerSecond: rate, minutes },
    goodSwitches: judged.length,
    falseReverts: reverted.length,
    falseDetails: reverted.map(({ trial }) => trial?.detail ?? null),
    untried: good.length - judged.length,
    strain: strainOf(recordings.filter(({ fault }) => fault === null)),
    faulty: byKind(detections),
    onRecordedData: { again: judgeAgain(recordings), crossed: judgeCrossed(recordings, CROSSED, seed) },
  };
}

export async function writeTrialsReport(path: string, report: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(report, null, 1)}\n`);
}
