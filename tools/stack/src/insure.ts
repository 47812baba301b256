/** What ATLAS keeps warm for what nobody foresees, before a replay begins: the brain asks for the same a second later. */
import { layoutOf, measuredPolicy, withReserve, type Capacity } from '@atlas/brain-decision';
import type { Status } from '@atlas/control-api';
import { readManifest, repositoryRoot } from '@atlas/platform-stack';
import { setTimeout as wait } from 'node:timers/promises';
import { ControlError, type ControlClient } from './control-client.ts';

const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 150;

/**
 * Resolves when it is ready or in reserve, after a minute at the latest; at once when the switcher refuses it, for a freeze
 * or a lack of memory: then the brain does without it, too.
 */
export async function insure(
  control: Pick<ControlClient, 'status' | 'warm'>,
  capacity: Capacity,
  signal: AbortSignal,
): Promise<void> {
  const { insuredRung, rungs } = measuredPolicy(capacity);
  const way = rungs.slice(0, (insuredRung ?? 0) + 1);
  const rung = way.at(-1);
  if (!rung || insuredRung === null) return;
  const { layout } = await control.status();
  if (!layout) return;
  const { hybrid } = await readManifest(repositoryRoot());
  const { placements, instances } = withReserve(layoutOf(rung, layout, hybrid), way);
  const starts = await control.warm({ placements, instances }, signal).then(
    (answer) => answer.starts,
    (error: unknown) => {
      if (error instanceof ControlError) return [];
      throw error;
    },
  );
  const isLate = ({ hosts }: Status): boolean => {
    const warm = hosts.filter(({ health }) => health === 'ready' || health === 'reserve');
    return starts.some(({ instance }) => warm.every((host) => host.instance !== instance));
  };
  const late = (): Promise<boolean> => control.status().then(isLate, () => true);
  const until = performance.now() + WITHIN_MS;
  while (performance.now() < until && (await late())) await wait(LOOK_EVERY_MS, undefined, { signal });
}
