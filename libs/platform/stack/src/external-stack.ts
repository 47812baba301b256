/**
 * A stack whose switcher and hosts something else runs, e.g. `nx run-many -t serve`: only what they stand on.
 * T1, T2 and T4 of `stack.ts` hold; instead of T3:
 *
 * T5  `stop` waits for switcher and hosts, which end by themselves, and kills those that do not, before Postgres ends.
 */
import { saidOfSpace } from './disk-space.ts';
import { reserveEdgePort } from './edge-socket.ts';
import { layFoundation, type Foundation, type FoundationOptions } from './foundation.ts';
import { endProcesses, upperRows } from './leftovers.ts';
import { Undo } from './undo.ts';

export interface ExternalStackOptions extends FoundationOptions {
  /** Port on 127.0.0.1 that the bundle will listen on; 0: any free one. */
  readonly port: number;
}

export interface ExternalStack extends Foundation {
  /** T5. Harmless when called twice. */
  stop(): Promise<void>;
}

const UPPER_END_MS = 3_000;

/** @throws StackError in one line, as `startStack` does. */
export async function startExternalStack(options: ExternalStackOptions): Promise<ExternalStack> {
  const undo = new Undo();
  try {
    const openEdge = () => reserveEdgePort(options.port);
    const { foundation } = await layFoundation(options, undo, { openEdge, driver: 'external' });
    undo.add(async () => void (await endProcesses(await upperRows(options.home), UPPER_END_MS)));
    let stopped: Promise<void> | undefined;
    return { ...foundation, stop: () => (stopped ??= undo.run()) };
  } catch (error) {
    await undo.run();
    throw saidOfSpace(options.home, error);
  }
}
