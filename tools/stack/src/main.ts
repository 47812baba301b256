/** `npm start`: the shop, up and under real traffic while its shape changes. */
import { readScenario, type Scenario } from '@atlas/load';
import { repositoryRoot, type Stack } from '@atlas/platform-stack';
import { join } from 'node:path';
import { ControlClient } from './control-client.ts';
import { limitLike } from './host-limit.ts';
import { interrupted } from './interruption.ts';
import { parseStart, UsageError, type StartOptions } from './options.ts';
import { replay } from './replay.ts';
import { assertWritable, writeReport } from './report.ts';
import type { Report } from './report-schema.ts';
import { refuseMismatch } from './scenario-options.ts';
import { enterPressed, runScenario } from './scenario-run.ts';
import { runCommand, withStack, type Session } from './session.ts';
import { summaryTable } from './summary-table.ts';
import { startTight } from './switch-run.ts';
import { planTraffic } from './traffic.ts';
import { hasTraffic, KEEP_WARM_MS, runTraffic, type TrafficScenario } from './traffic-run.ts';

/** One replay of the window, s; a whole `--once` then stays below 3 minutes. */
const DURATION_S = 120;

async function scenarioOf({ scenario, idle }: StartOptions): Promise<Scenario | undefined> {
  if (idle) return undefined;
  return readScenario(scenario, join(repositoryRoot(), 'load/scenarios')).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
}

/** What was said on the command line for the brain; what was not comes from the environment. */
const brainGiven = ({ profile, prometheus }: StartOptions): Record<string, string> => ({
  ...(profile && { ATLAS_PROFILE: profile }),
  ...(prometheus && { ATLAS_PROMETHEUS: prometheus }),
});

async function start(session: Session<StartOptions>): Promise<number> {
  const { options, screen, signal } = session;
  const scenario = await scenarioOf(options);
  if (scenario) refuseMismatch(scenario, options);
  await assertWritable(options.report);
  const { port, audit, spares, standbySwitchers, idle: brain, reset: fresh } = options;
  const byBrain = scenario && hasTraffic(scenario) ? scenario : undefined;
  const limit = byBrain ? await limitOf(session, byBrain) : {};
  const keepWarmMs = options.keepWarmMs ?? (byBrain ? KEEP_WARM_MS : 0);
  const brainSettings = brainGiven(options);
  const shape = { fresh, port, audit, keepWarmMs, spares, standbySwitchers, brain, brainSettings, ...limit };
  return withStack(session, shape, async (stack) => {
    const report = scenario && (await measured(session, stack, scenario));
    if (report && options.once) return report.verdict === 'pass' ? 0 : 1;
    screen.say(`the shop stays up at ${stack.edgeUrl} until Ctrl-C`);
    await interrupted(signal);
    return 0;
  });
}

/** Of a replay that goes by what shapes were measured to bear. @throws StackError before anything starts, if it cannot be */
async function limitOf(
  { options, settings, screen }: Session<StartOptions>,
  { traffic }: TrafficScenario,
): Promise<{ readonly hostCpu?: number }> {
  const { capacity } = await planTraffic(traffic, { home: settings.home, speed: options.speed });
  return limitLike(capacity, (line) => screen.say(line));
}

async function measured(session: Session<StartOptions>, stack: Stack, scenario: Scenario): Promise<Report> {
  const { options, screen } = session;
  const report = hasTraffic(scenario)
    ? await runTraffic({ ...session, ...options, controller: options.controller ?? 'atlas', stack }, scenario)
    : await scripted(session, stack, scenario);
  screen.say(summaryTable(report));
  await writeReport(options.report, report);
  if (options.report !== null) screen.say(`report: ${options.report}`);
  return report;
}

/** The scenario moves the shape. */
async function scripted(session: Session<StartOptions>, stack: Stack, scenario: Scenario): Promise<Report> {
  const { options, screen, signal } = session;
  const nextByHand = options.pause
    ? enterPressed(process.stdin, { signal, say: (line) => screen.say(line) })
    : undefined;
  if (scenario.steps.length > 0)
    await startTight(ControlClient.of(stack), { bundles: 1, reason: 'before the scenario', signal });
  return replay({
    ...{ stack, screen, signal, seed: options.seed, scenario: scenario.name },
    switchesPlanned: scenario.steps.length,
    load: options.pause ? { mode: 'continuous', durationS: DURATION_S } : { durationS: DURATION_S },
    moves: ({ start: { at, durationS }, log, note }) =>
      runScenario(
        scenario,
        { beganAt: at, durationS: durationS ?? DURATION_S },
        {
          ...{ log, signal },
          onStep: (step, number) => note(step.note ?? `step ${number}`),
          ...(nextByHand ? { nextByHand } : {}),
        },
      ),
  });
}

await runCommand(parseStart, start);
