/**
 * The switcher and its standbys, which the supervisor keeps running: each start here is also each restart.
 *
 * W1  Each has a name (`switcher`, `switcher-1`, …), a log and a control port of its own, the same at each start as long
 *     as nobody else has taken the port. Who of them leads is between them and the coupling store; the leader names its
 *     control API in `run.json`.
 * W2  Hosts that a switcher started keep *its* lifeline, so that another one can adopt them: lifelines end together.
 */
import { join } from 'node:path';
import { startApp, type AppProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { keepRunning, type KeptRunning } from './keep-running.ts';
import { inRunFile, switcherEnvironment, trouble, type Supervised } from './supervise.ts';
import { mainOf } from './wiring.ts';

export interface SwitcherRun extends AppProcess {
  stop(): Promise<void>;
}

export interface KeptSwitchers {
  /** Ends all of them for good. */
  stop(): Promise<void>;
  /** W2: ends the lifelines of these and all earlier switchers; every host shuts down, whoever started it. */
  cutLifelines(): void;
}

export interface SwitcherSpec extends Supervised {
  /** Switchers beside the first, which take over when the leader falls silent. */
  readonly standbySwitchers?: number | undefined;
}

/** @param edgeFd the edge's socket: descriptor 4 of each. */
export async function keepSwitchers(spec: SwitcherSpec, edgeFd: number): Promise<KeptSwitchers> {
  const names = ['switcher'];
  for (let n = 1; n <= (spec.standbySwitchers ?? 0); n += 1) names.push(`switcher-${n}`);
  const lifelines: (() => void)[] = [];
  const kept: KeptRunning<SwitcherRun>[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(kept.map((switcher) => switcher.stop()));
  };
  try {
    for (const name of names) {
      kept.push(await keepSwitcher(spec, { name, edgeFd, onLifeline: (cut) => lifelines.push(cut) }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, cutLifelines: () => lifelines.forEach((cut) => cut()) };
}

interface Post {
  readonly name: string;
  readonly edgeFd: number;
  /** Told how to cut the lifeline of each start. */
  readonly onLifeline: (cut: () => void) => void;
}

function keepSwitcher(
  spec: Supervised,
  { name, edgeFd, onLifeline }: Post,
): Promise<KeptRunning<SwitcherRun>> {
  let port: number | undefined;
  return keepRunning({
    onTrouble: trouble(spec, name),
    mostPauseMs: spec.mostPauseMs,
    start: async () => {
      port = await freePort(port);
      const started = await startApp({
        app: name,
        main: mainOf(spec.root, 'switcher'),
        env: {
          ...switcherEnvironment(spec),
          ATLAS_INSTANCE: name,
          ATLAS_CONTROL_PORT: String(port),
          ATLAS_EDGE_FD: '4',
        },
        logFile: join(spec.home, 'logs', `${name}.log`),
        inherit: edgeFd,
      });
      onLifeline(started.cutLifeline);
      const stop = async (): Promise<void> => {
        started.cutLifeline();
        await started.exited;
      };
      return inRunFile(spec.home, 'switcher', { run: { ...started, stop }, instance: name });
    },
  });
}
