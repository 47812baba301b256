/** Options of `npm start` that only some scenarios know. */
import type { Scenario } from '@atlas/load';
import { UsageError, type StartOptions } from './options.ts';

const OF_TRACES = ['controller', 'speed', 'profile', 'prometheus'] as const;

type Chosen = Pick<StartOptions, 'pause' | (typeof OF_TRACES)[number]>;

/** @throws UsageError when an option means nothing in this scenario */
export function refuseMismatch({ name, steps, traffic }: Scenario, options: Chosen): void {
  const meaningless = (option: string, where: string): UsageError =>
    new UsageError(`--${option} means nothing in the scenario "${name}", but ${where}`);
  if (options.pause && steps.length === 0)
    throw meaningless('pause', 'in one whose changes of shape are written down: --scenario tour');
  const stray = traffic ? undefined : OF_TRACES.find((key) => options[key] !== undefined);
  if (stray !== undefined) throw meaningless(stray, 'in one with a trace: --scenario matchday');
}
