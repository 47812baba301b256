/** One measured run against a stack that is up: load, switches beside it, audit, report. */
import type { AuditResult } from '@atlas/auditor';
import {
  checkoutsInFlightAt,
  type CalibrationLine,
  type LoadConfig,
  type LoadLine,
  type StartLine,
  type SummaryLine,
} from '@atlas/load';
import { repositoryRoot, type Stack } from '@atlas/platform-stack';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { auditApart } from './audit-process.ts';
import type { BrainClient } from './brain-client.ts';
import type { SwitchView } from '@atlas/control-api';
import { ControlClient } from './control-client.ts';
import { startLoad, type LoadProcess } from './load-process.ts';
import { commitOf } from './machine-facts.ts';
import type { Report } from './report-schema.ts';
import { makeReport, type ReportInput } from './report.ts';
import { RunObserver } from './run-observer.ts';
import type { Screen } from './screen.ts';
import { SwitchLog } from './switch-run.ts';
import { UsageMeter } from './usage-meter.ts';
import { cutShort, movedAfter } from './verdict.ts';
import { words } from './view.ts';

export interface ReplayOptions {
  readonly stack: Stack;
  readonly screen: Screen;
  readonly seed: number;
  /** Shown, and kept in the report. */
  readonly scenario: string;
  readonly switchesPlanned: number;
  readonly load: Partial<LoadConfig>;
  /** Moves the shape while the load runs; the load of an endless mode is ended when it resolves. */
  readonly moves: (run: MovingRun) => Promise<void>;
  readonly signal: AbortSignal;
  /** Told each line of the load, and the driver's pid. */
  readonly onLoadLine?: (line: LoadLine, driver: number) => void;
  /** Further facts and reasons, when all is over. */
  readonly conclude?: (over: Over) => Conclusion | Promise<Conclusion>;
  /** Shown beside what the load and the switcher say. */
  readonly brain?: BrainClient;
  /** The time of the trace; real time without. */
  readonly trace?: { readonly speed: number; of(realMs: number): number };
}

type Conclusion = Pick<ReportInput, 'control' | 'soak' | 'wear'> & { readonly troubles: readonly string[] };

/** A run that is over. */
export interface Over {
  readonly log: SwitchLog;
  readonly start: StartLine;
  readonly clientLog: string;
  readonly meter: UsageMeter;
}

export interface MovingRun {
  readonly start: StartLine;
  readonly log: SwitchLog;
  readonly control: ControlClient;
  readonly signal: AbortSignal;
  readonly note: (text: string | undefined) => void;
}

/** How long the audit waits for sagas and events that are still open. */
const QUIET_WITHIN_MS = 60_000;

const TRACE = 'load/traces/wc98-1998-06-02-to-10.csv.gz';
/** The busiest three hours of the match day: the same as the load driver's own default. */
const WINDOW = { from: '1998-06-10T15:00:00Z', to: '1998-06-10T18:00:00Z' };

/** @throws StackError when the driver cannot run; an AbortError when `signal` fires. */
export async function replay(options: ReplayOptions): Promise<Report> {
  const { stack, screen, signal } = options;
  const startedAt = new Date();
  const control = ControlClient.of(stack);
  const log = new SwitchLog(control, (view) => screen.say(ending(view)));
  const observer = new RunObserver({ ...options, edgeUrl: stack.edgeUrl, control, log });
  const clientLog = join(stack.home, 'load', 'requests.jsonl');
  await mkdir(join(stack.home, 'load'), { recursive: true, mode: 0o700 });
  let calibration: CalibrationLine | undefined;
  const root = repositoryRoot();
  const commit = commitOf(root); // asked before: in the hour that a run may take, another one is checked out
  const load = await startLoad({
    main: join(root, 'dist/load/main.js'),
    logFile: join(stack.home, 'logs', 'load.log'),
    config: {
      trace: { file: join(root, TRACE), ...WINDOW },
      seed: options.seed,
      logFile: clientLog,
      ...options.load,
      edgeUrl: stack.edgeUrl,
    },
    onLine: (line) => {
      if (line.type === 'calibration') calibration = line;
      observer.onLoadLine(line);
      options.onLoadLine?.(line, load.pid);
    },
  });
  const meter = new UsageMeter(stack.home, load.pid);
  observer.measureWith(meter);
  observer.start();
  try {
    const { start, summary, troubles } = await underLoad(load, { log, control, observer, options });
    observer.setStage('auditing');
    const audited = await auditRun(stack, clientLog, signal);
    await log.includeOthers(startedAt.getTime());
    await log.settle(signal);
    const switches = log.all();
    const concluded = await options.conclude?.({ log, start, clientLog, meter });
    return makeReport({
      ...{ scenario: options.scenario, seed: options.seed, build: stack.build, commit: await commit },
      ...{ startedAt, summary, calibration, switches, audit: audited.result, costs: meter.costs() },
      commitsDuringCheckout: await overlap(
        switches.map((view) => view.committedAt),
        clientLog,
      ),
      troubles: [...troubles, ...audited.troubles, ...(concluded?.troubles ?? [])],
      control: concluded?.control,
      soak: concluded?.soak,
      wear: concluded?.wear,
    });
  } finally {
    observer.stop();
    screen.close();
    await load.kill();
  }
}

interface UnderLoad {
  readonly log: SwitchLog;
  readonly control: ControlClient;
  readonly observer: RunObserver;
  readonly options: ReplayOptions;
}

/** Moves and load side by side: the load ends after the last drain, in endless modes because it is told to. */
async function underLoad(
  load: LoadProcess,
  { log, control, observer, options }: UnderLoad,
): Promise<{ start: StartLine; summary: SummaryLine; troubles: string[] }> {
  const { signal } = options;
  signal.throwIfAborted(); // the interruption may have come while the driver was being started
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
  aborted.catch(() => undefined);
  const troubles: string[] = [];
  const start = await Promise.race([load.begun, aborted]);
  const note = (text: string | undefined): void => observer.setNote(text);
  const moving = options
    .moves({ start, log, control, signal, note })
    .then(() => log.settle(signal))
    .catch((error: unknown) => {
      signal.throwIfAborted();
      troubles.push(`the scenario stopped: ${error instanceof Error ? error.message : String(error)}`);
    });
  // An abort is told by the races below; of what it leaves behind nobody waits for the end.
  const ended = (): void => void (start.durationS === null && load.finish());
  moving.then(ended, () => undefined);
  const summary = await Promise.race([load.summary, aborted]);
  troubles.push(...cutShort(start, summary));
  await Promise.race([moving, aborted]);
  if (options.switchesPlanned > 0) troubles.push(...movedAfter(start, summary, log.all()));
  return { start, summary, troubles };
}

/** Null without auditing, and when it failed, which is a trouble. @throws the signal's reason. */
async function auditRun(
  { auditDir, postgresUrl, acquirerUrl, home }: Stack,
  clientLog: string,
  signal: AbortSignal,
): Promise<{ result: AuditResult | null; troubles: string[] }> {
  if (auditDir === null) return { result: null, troubles: [] };
  const options = { postgresUrl, acquirerUrl, auditDir, clientLog, waitMs: QUIET_WITHIN_MS };
  const main = join(repositoryRoot(), 'dist/stack/audit.js');
  const answer = await auditApart({ main, logFile: join(home, 'logs', 'audit.log'), signal }, options);
  signal.throwIfAborted();
  if ('result' in answer) return { result: answer.result, troubles: [] };
  return { result: null, troubles: [`the audit failed: ${answer.failure}`] };
}

/** Share of the commits at which a checkout was in flight. */
async function overlap(commits: readonly (number | null)[], clientLog: string): Promise<number | null> {
  const known = commits.filter((at) => at !== null);
  if (known.length === 0) return null;
  const counts = await checkoutsInFlightAt(clientLog, known);
  return counts.filter((count) => count > 0).length / known.length;
}

/** `tight → hybrid: committed, epoch 7`, or why not. */
const ending = (view: SwitchView): string =>
  `${words(view)}: ${view.outcome ?? 'open'}` +
  (view.abort ? `: ${view.abort.detail}` : view.epoch === null ? '' : `, epoch ${view.epoch}`);
