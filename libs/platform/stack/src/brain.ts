/** The brain, which the supervisor keeps running. Nobody waits for it: the shop and its shape do without. */
import { join } from 'node:path';
import { startApp, type AppProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { keepRunning, type KeptRunning } from './keep-running.ts';
import { endProcesses } from './leftovers.ts';
import { inRunFile, trouble, type Supervised } from './supervise.ts';
import { mainOf } from './wiring.ts';

interface BrainRun extends AppProcess {
  stop(): Promise<void>;
}

/** An orderly end takes no longer, ms. */
const STOP_MS = 1_000;

/** On the port of the first start, as long as nobody else has taken it. */
export function keepBrain(
  spec: Supervised,
  env: Readonly<Record<string, string>>,
): Promise<KeptRunning<BrainRun>> {
  let port: number | undefined;
  return keepRunning({
    onTrouble: trouble(spec, 'brain'),
    mostPauseMs: spec.mostPauseMs,
    start: async () => {
      port = await freePort(port);
      const started = await startApp({
        app: 'brain',
        main: mainOf(spec.root, 'brain'),
        env: { ...env, ATLAS_BRAIN_PORT: String(port) },
        logFile: join(spec.home, 'logs', 'brain.log'),
      });
      const stop = async (): Promise<void> => {
        started.child.kill('SIGTERM');
        await endProcesses([started], STOP_MS);
        started.cutLifeline();
        await started.exited;
      };
      return inRunFile(spec.home, 'brain', { run: { ...started, stop } });
    },
  });
}
