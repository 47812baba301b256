/** Putting the report together. */
import type { AuditResult } from '@atlas/auditor';
import type { CalibrationLine, SummaryLine } from '@atlas/load';
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StackError } from '@atlas/platform-stack';
import type { SwitchView } from '@atlas/control-api';
import { machineFacts } from './machine-facts.ts';
import { UsageError } from './options.ts';
import type { Report, ReportSwitch } from './report-schema.ts';
import type { ModeCost } from './usage-meter.ts';
import { reasonsAgainst } from './verdict.ts';

export interface ReportInput {
  readonly scenario: string;
  readonly seed: number;
  readonly commit: string | null;
  readonly build: string;
  readonly startedAt: Date;
  readonly summary: SummaryLine;
  readonly calibration: CalibrationLine | undefined;
  readonly switches: readonly SwitchView[];
  readonly costs: Readonly<Record<string, ModeCost>>;
  readonly audit: AuditResult | null;
  readonly commitsDuringCheckout: number | null;
  readonly troubles: readonly string[];
  readonly control?: Report['control'];
  readonly soak?: Report['soak'];
  readonly wear?: Report['wear'];
}

const MODES = ['tight', 'hybrid', 'loose'] as const;

export function makeReport(input: ReportInput): Report {
  const { summary, audit } = input;
  const requests = { total: summary.requests, failed: summary.failed };
  const switches = input.switches.map(reportSwitch);
  const { paid: ordersPaid, unsettled: ordersUnsettled } = summary.orders;
  const { troubles } = input;
  const reasons = reasonsAgainst({ requests, audit, switches, ordersPaid, ordersUnsettled, troubles });
  return {
    verdict: reasons.length === 0 ? 'pass' : 'fail',
    reasons,
    requests,
    audit: audit && auditFigures(audit),
    auditProblems: [...(audit?.problems ?? [])],
    switches,
    byMode: byMode(input),
    load: loadFigures(input),
    ...(input.control ? { control: input.control } : {}),
    ...(input.soak ? { soak: input.soak } : {}),
    ...(input.wear ? { wear: input.wear } : {}),
    seed: input.seed,
    commit: input.commit,
    build: input.build,
    startedAt: input.startedAt.toISOString(),
    machine: machineFacts(),
  };
}

function reportSwitch(view: SwitchView): ReportSwitch {
  const { from, to, fromPlacements, toPlacements, fromInstances, toInstances } = view;
  const { prepareMs, routedMs, drainMs, outcome, source, reason } = view;
  return {
    ...{ from, to, prepareMs, routedMs, drainMs, outcome, source, reason },
    fromPlacements: fromPlacements && { ...fromPlacements },
    toPlacements: { ...toPlacements },
    fromInstances: fromInstances && { ...fromInstances },
    toInstances: { ...toInstances },
  };
}

function auditFigures(audit: AuditResult): NonNullable<Report['audit']> {
  const { lostOrders, duplicateCharges, mixedEpochRoots, negativeStock, stockMismatch, coverage } = audit;
  return { lostOrders, duplicateCharges, mixedEpochRoots, negativeStock, stockMismatch, coverage };
}

function byMode({ summary, costs }: ReportInput): Report['byMode'] {
  const seen = MODES.filter((mode) => summary.byMode[mode] !== undefined);
  return Object.fromEntries(
    seen.map((mode) => [
      mode,
      {
        p50Ms: rounded(summary.byMode[mode]?.p50Ms),
        p99Ms: rounded(summary.byMode[mode]?.p99Ms),
        cpuMsPerRequest: rounded(costs[mode]?.cpuMsPerRequest),
        pssMb: rounded(costs[mode]?.pssMb, 1),
      },
    ]),
  );
}

function loadFigures({ summary, calibration, scenario, commitsDuringCheckout }: ReportInput): Report['load'] {
  return {
    scenario,
    seconds: summary.seconds,
    meanRps: summary.meanRps,
    peakRps: summary.peakRps,
    calibratedRps: calibration?.rps ?? null,
    writeShare: summary.writeShare,
    paidShare: summary.paidShare,
    ordersPaid: summary.orders.paid,
    ordersUnsettled: summary.orders.unsettled,
    cards: { ...summary.cards },
    commitsDuringCheckout,
    sendDelayP99Ms: summary.sendDelayP99Ms,
  };
}

const rounded = (value: number | null | undefined, digits = 2): number | null =>
  value === null || value === undefined ? null : Number(value.toFixed(digits));

/** Finds out before a run whether its report can be written, and leaves no file behind. @throws UsageError in one line. */
export async function assertWritable(file: string | null): Promise<void> {
  if (file === null) return;
  try {
    await mkdir(dirname(file), { recursive: true });
    const { path, there, whole } = await placeOf(file);
    if (there) await (await open(path, 'a')).close();
    if (!whole) return;
    const aside = asideOf(path);
    await (await open(aside, 'wx')).close();
    await rm(aside);
  } catch (error) {
    throw new UsageError(unwritten(error));
  }
}

const unwritten = (error: unknown): string =>
  `the report cannot be written: ${error instanceof Error ? error.message : String(error)}`;

/** As `writeWhole`; does nothing without a file. @throws StackError in one line, e.g. when the disk is full */
export async function writeReport(file: string | null, report: object): Promise<void> {
  if (file === null) return;
  await writeWhole(file, `${JSON.stringify(report, undefined, 2)}\n`).catch((error: unknown) => {
    throw new StackError(unwritten(error), error);
  });
}

/**
 * What an earlier run has left in its report, to go on from; undefined when there is no such file.
 * @param revive as of `JSON.parse`
 * @throws UsageError when it is no JSON
 */
export async function readReport(
  file: string,
  revive?: (key: string, value: unknown) => unknown,
): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text, revive) as unknown;
  } catch {
    throw new UsageError(`${file} is no report to go on from: say another file, or no --resume`);
  }
}

interface Place {
  /** Where a link leads to, which stays one; of a link to nothing the report takes the place. */
  readonly path: string;
  readonly there: boolean;
  /** Nothing is there, or a file, which can be replaced. */
  readonly whole: boolean;
}

async function placeOf(file: string): Promise<Place> {
  const path = await realpath(file).catch(() => file);
  const there = await stat(path).catch(() => undefined);
  return { path, there: there !== undefined, whole: there?.isFile() ?? true };
}

const asideOf = (path: string): string => `${path}.${randomUUID()}`;

/**
 * Whole or not at all: a stop or a full disk in between leaves the former file. What is no file (a pipe, `/dev/null`)
 * stays what it is.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const { path, whole } = await placeOf(file);
  if (!whole) return writeFile(path, text);
  const aside = asideOf(path);
  try {
    await writeFile(aside, text);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
