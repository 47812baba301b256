/** Runs the controllers in turn, each run on a stack of its own, and reports every cell, also the lost ones. */
import { readScenario } from '@atlas/load';
import { repositoryRoot, startStack } from '@atlas/platform-stack';
import {
  assertLimitable,
  commitOf,
  hasTraffic,
  KEEP_WARM_MS,
  readCapacity,
  runTraffic,
  type Report,
  type Screen,
  type Session,
} from '@atlas/stack';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inFolder } from '../folder.ts';
import { Book } from './book.ts';
import { cellOf, runsOf, troublesOf, WINDOWS, type Cell, type Run } from './cells.ts';
import type { ControllersOptions } from './options.ts';

/** Of a run only its end is told. */
const quiet = ({ say }: Screen): Screen => ({ show: () => undefined, say, close: () => undefined });

type RunSession = Pick<Session<ControllersOptions>, 'screen' | 'signal' | 'options'>;

interface Place {
  readonly home: string;
  /** Cores that each host may take, as where the capacity was measured; undefined: no limit. */
  readonly hostCpu: number | undefined;
}

async function measure(
  run: Run,
  { home, hostCpu }: Place,
  { screen, signal, options }: RunSession,
): Promise<Report> {
  const scenario = await readScenario(run.trace, join(repositoryRoot(), 'load/scenarios'));
  if (!hasTraffic(scenario)) throw new Error(`${run.trace} has no traffic`);
  const traffic = { ...scenario.traffic, ...WINDOWS[run.trace] };
  const stack = await startStack({
    ...{ home, port: 0, audit: false, keepWarmMs: KEEP_WARM_MS, signal },
    ...(hostCpu === undefined ? {} : { hostCpu }),
  });
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
  const { file, capacity, measuredHere } = await readCapacity(settings.home);
  if (!measuredHere)
    screen.say(
      `no capacity was measured here: rates and intent are those of another machine (${file}), so the seconds say little; \`npm run capacity\` measures this one`,
    );
  await assertLimitable(capacity.hostCpu);
  const commit = await commitOf(repositoryRoot());
  const book = await Book.open({ ...options, capacity, home: tmpdir(), commit });
  return inFolder(session, async (home) => {
    await copyFile(file, join(home, 'capacity.json'));
    const runs = runsOf(options.repeats, options.only).filter((run) => !book.has(run));
    for (const [index, run] of runs.entries()) {
      screen.say(`run ${index + 1} of ${runs.length}: ${run.trace} under ${run.controller}`);
      const report = await measure(run, { home, hostCpu: capacity.hostCpu }, session);
      const cell = cellOf(run, report);
      const troubles = troublesOf(report);
      await book.add(run, cell, { ...report.control, troubles });
      for (const line of [lineOf(cell), ...troubles]) screen.say(`  ${line}`);
    }
    for (const cell of book.cells()) screen.say(lineOf(cell));
    screen.say(`drawn as ${await book.draw(join(settings.home, 'controllers.svg'))}`);
    return 0;
  });
}
