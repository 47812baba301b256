/** A replay in the time of a trace, under the brain. */
import type { Scenario, ScenarioTraffic } from '@atlas/load';
import type { Stack } from '@atlas/platform-stack';
import type { StartOptions } from './options.ts';
import { replay } from './replay.ts';
import type { Report } from './report-schema.ts';
import type { Session } from './session.ts';
import { beginOf, brainSettings, importHistory, planTraffic } from './traffic.ts';

export type TrafficScenario = Scenario & { readonly traffic: ScenarioTraffic };

export const hasTraffic = (scenario: Scenario): scenario is TrafficScenario => scenario.traffic !== undefined;

/** @throws Error when the trace or the capacity cannot be read */
export async function runTraffic(
  { options, screen, settings, signal }: Session<StartOptions>,
  stack: Stack,
  { name, traffic }: TrafficScenario,
): Promise<Report> {
  const plan = await planTraffic(traffic, { home: settings.home, speed: options.speed });
  await importHistory(stack.postgresUrl, plan);
  screen.say(`${plan.history.length} minutes of the days before are imported; ${name} at ${plan.speed}x`);
  const beginsAt = beginOf(Date.now());
  await stack.startBrain(brainSettings(plan, beginsAt));
  return replay({
    ...{ stack, screen, signal, seed: options.seed, scenario: name, switchesPlanned: 0 },
    load: { ...plan.load, startAtMs: beginsAt },
    moves: () => Promise.resolve(),
  });
}
