/** A replay in the time of a trace, under one controller. */
import { readRequestLog, type RequestRecord, type Scenario, type ScenarioTraffic } from '@atlas/load';
import type { Stack } from '@atlas/platform-stack';
import type { DecisionItem, OutcomeView } from '@atlas/brain-api';
import { BrainClient } from './brain-client.ts';
import { ControlClient } from './control-client.ts';
import { accuracy, beganLate, minuteRows, surges, type ControlReport, type Told } from './control-report.ts';
import { CONTROLLER, type ControllerName, type ControllerSpec } from './controllers.ts';
import { insure } from './insure.ts';
import type { ProfileName } from './options.ts';
import { replay, type Over } from './replay.ts';
import type { Report } from './report-schema.ts';
import type { Screen } from './screen.ts';
import { sloSeconds, violationS } from './slo.ts';
import { SwitchLog } from './switch-run.ts';
import { beginOf, brainSettings, importHistory, planTraffic, type TrafficPlan } from './traffic.ts';

export type TrafficScenario = Scenario & { readonly traffic: ScenarioTraffic };

export const hasTraffic = (scenario: Scenario): scenario is TrafficScenario => scenario.traffic !== undefined;

export interface TrafficRun {
  readonly stack: Stack;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly seed: number;
  readonly controller: ControllerName;
  /** Instead of the scenario's. */
  readonly speed?: number | undefined;
  /** The brain's thresholds, if they were chosen. */
  readonly profile?: ProfileName | undefined;
}

/**
 * How long services that a switch leaves without work stay: the brain, which looks each second, can ask for them again
 * before they have ended, and need not start what was there a moment before.
 */
export const KEEP_WARM_MS = 10_000;

const MINUTE_MS = 60_000;

/** @throws StackError in one line when the trace or the capacity cannot be read */
export async function runTraffic(run: TrafficRun, { name, traffic }: TrafficScenario): Promise<Report> {
  const { stack, screen, signal, seed } = run;
  const spec = CONTROLLER[run.controller];
  const plan = await planTraffic(traffic, { home: stack.home, speed: run.speed });
  await importHistory(stack.postgresUrl, plan);
  const insured = spec.insures && run.profile !== 'paper' ? plan.capacity : undefined;
  await prepare(stack, { spec, insured }, signal);
  screen.say(
    `${name}: ${plan.minutes.length} minutes at ${plan.speed}x, ${plan.peakRps} requests/s at the peak, ` +
      `under "${run.controller}"; ${plan.history.length} minutes of the days before are imported`,
  );
  const beginsAt = beginOf(Date.now(), plan);
  await stack.startBrain(brainSettings(plan, { beginsAt, decides: spec.decides }));
  const brain = new BrainClient(stack.home);
  const firstMs = (plan.minutes[0]?.minute ?? 0) * MINUTE_MS;
  const of = (realMs: number): number => firstMs + (realMs - beginsAt) * plan.speed;
  return replay({
    ...{ stack, screen, signal, seed, scenario: name, switchesPlanned: 0, brain },
    trace: { speed: plan.speed, of },
    load: { ...plan.load, startAtMs: beginsAt },
    moves: () => Promise.resolve(),
    conclude: async (over) => {
      const decisions = await brain.decisions(beginsAt);
      const seen = { rows: await loadRows(over.clientLog), told: brain.told(), decisions, of };
      const troubles = beganLate(over.start.at - beginsAt, plan.speed);
      return { control: controlReport({ run, traffic, plan, spec, over, seen }), troubles };
    },
  });
}

interface Beginning {
  readonly spec: ControllerSpec;
  /** By what the brain finds out what to insure; undefined: it insures nothing. */
  readonly insured: TrafficPlan['capacity'] | undefined;
}

/** The shape that the controller begins with, what it may do, and what it has warm by then: it does not begin at noon. */
async function prepare(stack: Stack, { spec, insured }: Beginning, signal: AbortSignal): Promise<void> {
  const { initial, level } = spec;
  const control = ControlClient.of(stack);
  await control.setLevel(0, signal);
  await new SwitchLog(control).become(initial, 'before the replay', signal);
  await control.setLevel(level, signal);
  if (insured) await insure(control, insured, signal);
}

async function loadRows(file: string): Promise<RequestRecord[]> {
  const rows: RequestRecord[] = [];
  for await (const row of readRequestLog(file)) if (row.phase === 'load') rows.push(row);
  return rows;
}

interface Ended {
  readonly run: Pick<TrafficRun, 'controller'>;
  readonly traffic: ScenarioTraffic;
  readonly plan: TrafficPlan;
  readonly spec: ControllerSpec;
  readonly over: Pick<Over, 'log' | 'start' | 'meter'>;
  readonly seen: {
    readonly rows: readonly RequestRecord[];
    readonly told: readonly Told[];
    readonly decisions: readonly DecisionItem[];
    of(realMs: number): number;
  };
}

function controlReport({ run, traffic, plan, spec, over, seen }: Ended): ControlReport {
  const { capacity, speed, minutes } = plan;
  const { tight, tight2, hybrid, loose, intentP99Ms } = capacity;
  const { at: beganAt } = over.start;
  const window = { beganAt, seconds: (minutes.length * 60) / speed, intentMs: intentP99Ms };
  const seconds = sloSeconds(seen.rows, window);
  const told = minuteRows(plan, seconds, seen.told);
  const first = minutes[0]?.minute ?? 0;
  const actual = told.map(({ rps }, index) => ({ minute: first + index, rps }));
  const switches = over.log.all().filter(({ decidedAt }) => decidedAt >= beganAt);
  const initial = { to: spec.initial.mode, toInstances: spec.initial.instances ?? { bundle: 1 } };
  const realAt = (minute: number): number => beganAt + ((minute - first) * MINUTE_MS) / speed;
  const cpu = over.meter.overallCpuMsPerRequest();
  return {
    ...{ controller: run.controller, speed, from: traffic.from, to: traffic.to },
    importedMinutes: plan.history.length,
    capacity: { tight, tight2, hybrid, loose },
    intentP99Ms,
    sloViolationS: violationS(seconds),
    cpuMsPerRequest: cpu === null ? null : Number(cpu.toFixed(3)),
    cpuMsPerRequestByApp: Object.fromEntries(
      Object.entries(over.meter.cpuMsPerRequestByApp()).map(([app, ms]) => [app, Number(ms.toFixed(3))]),
    ),
    switches: switches.filter(({ outcome }) => outcome === 'committed').length,
    surges: surges({ actual, capacity, initial, switches, realAt }),
    forecast: accuracy(seen.told, actual),
    minutes: told,
    decisions: seen.decisions.flatMap((item) => decisionRow(item, seen.of)),
  };
}

function whyOf(outcome: OutcomeView): string[] {
  if (outcome.kind === 'refused') return [outcome.code];
  return outcome.kind === 'not-said' ? [outcome.because] : [];
}

function decisionRow(item: DecisionItem, of: (realMs: number) => number): ControlReport['decisions'] {
  const { at, rule, because, proposal, outcome } = item;
  if (proposal.kind === 'none') return [];
  const services = Object.entries(proposal.to.placements).filter(([, place]) => place === 'service');
  const bundles = proposal.to.instances['bundle'] ?? 1;
  const to = [`bundle ×${bundles}`, ...services.map(([module]) => module)].join(' + ');
  const told = outcome && [outcome.kind, ...whyOf(outcome)].join(': ');
  const kind = proposal.kind === 'pre-warm' ? `warm ${to}` : to;
  return [{ at: new Date(of(at)).toISOString(), rule, because, to: kind, outcome: told }];
}
