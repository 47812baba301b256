/** Capacities are of hosts with a limit of CPU time, or without one: whoever goes by them runs hosts likewise. */
import type { MeasuredCapacity } from '@atlas/brain-decision';
import { findCpuGroups } from '@atlas/platform-stack';
import { InvalidArgumentError, Option } from 'commander';
import { UsageError } from './options.ts';

/** `--host-cpu`, in cores. */
export const hostCpuOption = (): Option =>
  new Option(
    '--host-cpu <cores>',
    'CPU time that each host may take, as a pod may (Linux, as root)',
  ).argParser((text) => {
    const cores = /^\d{1,2}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    if (cores >= 0.1 && cores <= 64) return cores;
    throw new InvalidArgumentError('a number of cores from 0.1 to 64 is needed.');
  });

/** @throws UsageError when hosts are to be limited and cannot be */
export async function assertLimitable(hostCpu: number | undefined): Promise<void> {
  if (hostCpu === undefined) return;
  await findCpuGroups().catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
}

/** The limit that the measured hosts had, where it can be had here; otherwise none, which is said. */
export async function limitLike(
  { hostCpu }: MeasuredCapacity,
  say: (line: string) => void,
): Promise<{ readonly hostCpu?: number }> {
  if (hostCpu === undefined) return {};
  try {
    await assertLimitable(hostCpu);
    say(`each host may take ${hostCpu} of a core, as where the capacity was measured`);
    return { hostCpu };
  } catch (error) {
    say(
      `the capacity is that of hosts with ${hostCpu} of a core; here they have no limit, so the shop bears more than the brain believes (${error instanceof Error ? error.message : String(error)})`,
    );
    return {};
  }
}
