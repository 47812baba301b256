/** Going through a scenario while the load runs. */
import type { Scenario, ScenarioStep } from '@atlas/load';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { SwitchLog } from './switch-run.ts';

export interface ScenarioClock {
  /** When the load began, ms since 1970. */
  readonly beganAt: number;
  /** Length of the replay, s. */
  readonly durationS: number;
}

export interface ScenarioRun {
  readonly log: SwitchLog;
  readonly signal: AbortSignal;
  /** Called before each step, with its number from 1. */
  readonly onStep: (step: ScenarioStep, number: number) => void;
  /** Instead of the clock: resolves when the speaker wants to go on. */
  readonly nextByHand?: () => Promise<void>;
}

/** Milliseconds until a step is due; 0 when it is late, or follows its predecessor at once. */
export function dueInMs(step: ScenarioStep, clock: ScenarioClock, now: number): number {
  if (step.at === 'afterPrevious') return 0;
  return Math.max(0, clock.beganAt + step.at * clock.durationS * 1_000 - now);
}

/**
 * Each step begins when its time has come and the one before it has drained.
 * @throws ControlError when a switch is refused for good.
 */
export async function runScenario(scenario: Scenario, clock: ScenarioClock, run: ScenarioRun): Promise<void> {
  for (const [index, step] of scenario.steps.entries()) {
    if (run.nextByHand) await run.nextByHand();
    else await wait(dueInMs(step, clock, Date.now()), undefined, { signal: run.signal });
    run.onStep(step, index + 1);
    const reason = `scenario ${scenario.name}, step ${index + 1}`;
    await run.log.perform(step.target, reason, { until: 'drained', signal: run.signal });
  }
}

/**
 * A wait for the next line of the input, for `nextByHand`.
 * @returns what rejects when the input has ended, since nobody can press Enter then, and when the signal fires
 */
export function enterPressed(
  input: NodeJS.ReadableStream,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): () => Promise<void> {
  const lines = createInterface({ input });
  const ended = once(lines, 'close').then(() => {
    signal.throwIfAborted();
    throw new Error('nobody can press Enter: standard input has ended');
  });
  ended.catch(() => undefined); // whoever waits is told
  signal.addEventListener('abort', () => lines.close(), { once: true });
  return async () => {
    say('press Enter for the next change of shape');
    await Promise.race([once(lines, 'line', { signal }), ended]);
  };
}
