/**
 * The root supervisor: one whole stack in one folder.
 *
 * T1  One stack per folder, by lock; what a killed one left is gone before anything starts.
 * T2  Postgres, acquirer, switcher and brain are started again when they end, on the same ports. Hosts are the switcher's.
 * T3  `stop` ends everything within 5 s. If this process is killed, the lifelines do, within the same time.
 * T4  A start that fails leaves nothing running.
 */
import { keepBrain } from './brain.ts';
import { saidOfSpace } from './disk-space.ts';
import { openEdgeSocket, type EdgeSocket } from './edge-socket.ts';
import { layFoundation, type Foundation, type FoundationOptions } from './foundation.ts';
import { endProcesses, upperRows } from './leftovers.ts';
import { stackReady } from './readiness.ts';
import { switcherTrouble } from './supervise.ts';
import { keepSwitchers, type SwitcherSpec } from './switchers.ts';
import { Undo } from './undo.ts';

export interface StackOptions extends FoundationOptions {
  /** Port of the edge on 127.0.0.1; 0: any free one. */
  readonly port: number;
  /** How long the shop may take to answer; 60 s. */
  readonly readyWithinMs?: number;
  /** Switchers beside the first, which take over when the leader falls silent; none by default. */
  readonly standbySwitchers?: number;
  /** Whether the brain runs beside it; false by default. */
  readonly brain?: boolean;
  /** Settings of the brain that go before those of the environment. */
  readonly brainSettings?: Readonly<Record<string, string>>;
}

export interface Stack extends Foundation {
  /** Of the switcher that led at first. With standbys another may lead later: `controlUrlOf` follows the run file. */
  readonly controlUrl: string;
  /**
   * Starts the brain, once, if `brain` did not.
   * @param settings of its own, beyond what every stack tells it
   * @throws StackError when it does not start
   */
  startBrain(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** T3. Harmless when called twice. */
  stop(): Promise<void>;
}

/** Host processes get this long for the lifeline's end to do its work. */
const HOSTS_END_MS = 2_000;

/**
 * Starts a stack and waits until the shop answers.
 * @throws StackError in one line: port in use, second start in the folder, no write permission, an app that fails.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const undo = new Undo();
  try {
    return await start(options, undo);
  } catch (error) {
    await undo.run();
    throw saidOfSpace(options.home, error);
  }
}

async function start(options: StackOptions, undo: Undo): Promise<Stack> {
  const openEdge = (): Promise<EdgeSocket> => openEdgeSocket(options.port);
  const { foundation, edge, spec, brainEnv } = await layFoundation(options, undo, {
    openEdge,
    driver: 'process',
  });
  const { standbySwitchers } = options;
  const controlUrl = await startSwitchers(
    { ...spec, standbySwitchers },
    {
      edge,
      edgeUrl: foundation.edgeUrl,
      undo,
      withinMs: options.readyWithinMs ?? 60_000,
      signal: options.signal,
    },
  );

  const startBrain = async (settings: Readonly<Record<string, string>> = {}): Promise<void> => {
    const brain = await keepBrain(spec, { ...brainEnv, ...options.brainSettings, ...settings });
    undo.add(() => brain.stop());
  };
  if (options.brain) await startBrain();

  let stopped: Promise<void> | undefined;
  return { ...foundation, controlUrl, startBrain, stop: () => (stopped ??= undo.run()) };
}

interface SwitcherStart {
  readonly edge: EdgeSocket;
  readonly edgeUrl: string;
  readonly undo: Undo;
  readonly withinMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Resolves to the control URL when the edge answers. */
async function startSwitchers(spec: SwitcherSpec, start: SwitcherStart): Promise<string> {
  let troubles = 0;
  const onEvent = (line: string): void => {
    troubles += 1;
    spec.onEvent(line);
  };
  const switchers = await keepSwitchers({ ...spec, onEvent }, start.edge.fd);
  start.undo.add(async () => {
    const upper = await upperRows(spec.home);
    const stopping = switchers.stop();
    switchers.cutLifelines();
    await endProcesses(upper, HOSTS_END_MS);
    await stopping;
  });
  const controlUrl = await stackReady(spec.home, start.edgeUrl, {
    withinMs: start.withinMs,
    cancelled: () => troubles >= 5 || start.signal?.aborted === true,
  });
  start.signal?.throwIfAborted();
  if (controlUrl === undefined) throw await switcherTrouble(spec.home, 'the shop does not answer');
  return controlUrl;
}
