/** Runs the controllers in turn, each run on a stack of its own, and reports every cell, also the lost ones. */
import { readScenario } from '@atlas/load';
import { repositoryRoot, resetStack, startStack } from '@atlas/platform-stack';
import {
  commitOf,
  hasTraffic,
  machineFacts,
  readCapacity,
  runTraffic,
  UsageError,
  type Report,
  type Screen,
  type Session,
} from '@atlas/stack';
import { copyFile, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cellOf, medians, runsOf, WINDOWS, type Cell, type Run } from './cells.ts';
import type { ControllersOptions } from './options.ts';

/** A run that is over; surges and decisions tell why its cell is as it is. */
interface Done extends Pick<NonNullable<Report['control']>, 'surges' | 'decisions'> {
  readonly repeat: number;
  readonly cell: Cell;
}

/** Of a run only its end is told. */
const quiet = ({ say }: Screen): Screen => ({ show: () => undefined, say, close: () => undefined });

type RunSession = Pick<Session<ControllersOptions>, 'screen' | 'signal' | 'options'>;

async function measure(run: Run, home: string, { screen, signal, options }: RunSession): Promise<Report> {
  const scenario = await readScenario(run.trace, join(repositoryRoot(), 'load/scenarios'));
  if (!hasTraffic(scenario)) throw new Error(`${run.trace} has no traffic`);
  const traffic = { ...scenario.traffic, ...WINDOWS[run.trace] };
  const stack = await startStack({ home, port: 0, audit: false, signal });
  try {
    const seed = options.seed + run.repeat - 1;
    const given = { stack, signal, seed, controller: run.controller, screen: quiet(screen) };
    return await runTraffic(given, { ...scenario, traffic });
  } finally {
    await stack.stop();
  }
}

const lineOf = ({
  trace,
  controller,
  requests,
  failed,
  sloViolationS,
  cpuMsPerRequest,
  switches,
}: Cell): string =>
  `${trace.padEnd(11)} ${controller.padEnd(9)} ${String(sloViolationS).padStart(5)} s beyond the intent  ` +
  `${(cpuMsPerRequest?.toFixed(2) ?? '–').padStart(6)} ms CPU/request  ${String(switches).padStart(2)} switches  ` +
  `${failed} of ${requests} failed`;

/** @returns the exit code: 0, for there is no goal here that a run could miss */
export async function runControllers(session: Session<ControllersOptions>): Promise<number> {
  const { options, screen, settings } = session;
  const { file, capacity } = await readCapacity(settings.home);
  const runs = runsOf(options.repeats, options.only);
  if (runs.length === 0) throw new UsageError('--only leaves nothing to run');
  if (options.report !== null) await assertWritable(options.report);
  const home = await mkdtemp(join(tmpdir(), 'atlas-controllers-'));
  await chmod(home, 0o755); // Postgres runs unprivileged
  await copyFile(file, join(home, 'capacity.json'));
  const done: Done[] = [];
  const write = async (): Promise<void> => {
    if (options.report === null) return;
    const facts = {
      at: new Date().toISOString(),
      commit: await commitOf(repositoryRoot()),
      machine: machineFacts(),
    };
    const cells = medians(done.map(({ cell }) => cell));
    const each = done.map(({ repeat, cell, surges, decisions }) => ({ repeat, ...cell, surges, decisions }));
    await writeFile(
      options.report,
      `${JSON.stringify({ cells, repeats: options.repeats, capacity, ...facts, runs: each }, null, 2)}\n`,
    );
  };
  try {
    for (const [index, run] of runs.entries()) {
      screen.say(`run ${index + 1} of ${runs.length}: ${run.trace} under ${run.controller}`);
      const report = await measure(run, home, session);
      const cell = cellOf(run, report);
      const { surges = [], decisions = [] } = report.control ?? {};
      done.push({ repeat: run.repeat, cell, surges, decisions });
      screen.say(`  ${lineOf(cell)}`);
      await write(); // what is measured is not lost with what comes after it
    }
    for (const cell of medians(done.map(({ cell: each }) => each))) screen.say(lineOf(cell));
    return 0;
  } finally {
    await resetStack(home);
    await rm(home, { recursive: true, force: true });
  }
}

/** @throws UsageError when the report cannot be written later */
async function assertWritable(path: string): Promise<void> {
  await writeFile(path, '', { flag: 'a' }).catch(() => {
    throw new UsageError(`no file can be written at ${path}`);
  });
}
