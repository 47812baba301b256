import { availableParallelism } from 'node:os';
import { BOOST_CPU_MS, BOOST_MS, type CpuGroups } from '@atlas/platform-stack';
import type { OperatingSystem } from '../ports/operating-system.ts';

/** Least time between two looks at how much a host has used, ms. */
const LOOK_MS = 100;

/**
 * A machine on which each host has a limit of CPU time, as a pod has, from the end of its boost on. A host that cannot be
 * limited goes on without, and that is said. One whose switcher ended during its boost has none.
 */
export const limitedSystem = (
  system: OperatingSystem,
  {
    groups,
    cores,
    say,
  }: {
    readonly groups: CpuGroups;
    readonly cores: number;
    readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
  },
): OperatingSystem => ({
  ...system,
  spawn: async (options) => {
    const child = await system.spawn(options);
    if (child?.pid === undefined) return child;
    if (child.exitCode !== null || child.signalCode !== null) return child; // nobody will say so any more
    const name = `${options.instance}-${options.nonce}`;
    const { pid } = child;
    const limit = (): Promise<void> =>
      groups.limit(name, { pid, cores }).catch((error: unknown) => {
        say('host could not be limited', { instance: options.instance, error: String(error) });
      });
    let ended = false;
    const whenUsed = async (): Promise<void> => {
      const leftMs = BOOST_CPU_MS - (await groups.usedMs(pid));
      if (ended) return; // its pid may be another's by now
      if (leftMs <= 0) return limit();
      // all processors together need so long for it: a host that idles is seldom looked at
      const soonest = Math.max(LOOK_MS, leftMs / availableParallelism());
      boost = setTimeout(() => void whenUsed(), soonest).unref();
    };
    let boost = setTimeout(() => void whenUsed(), BOOST_MS).unref();
    child.once('exit', () => {
      ended = true;
      clearTimeout(boost);
      void groups.release(name);
    });
    return child;
  },
});
