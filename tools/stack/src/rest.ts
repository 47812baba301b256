/**
 * `npm run rest`: what the shop keeps in memory 60 s after a load has ended, tight and loose. Everything that runs is
 * counted (Postgres, bank, switcher, supervisor, hosts) but the load driver, which is gone by then.
 */
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readRunFile, repositoryRoot, StackError, type Stack } from '@atlas/platform-stack';
import { Command } from 'commander';
import { ControlClient } from './control-client.ts';
import { seenThrough, startLoad } from './load-process.ts';
import { commitOf, machineFacts } from './machine-facts.ts';
import { parsing, wholeNumber } from './options.ts';
import { listProcesses, memoryByName, ownersOf } from './process-usage.ts';
import { assertWritable, writeReport } from './report.ts';
import { runCommand, withStack, type Session } from './session.ts';
import { SwitchLog } from './switch-run.ts';

interface RestOptions {
  readonly rate: number;
  readonly seconds: number;
  readonly report?: string;
}

const REST_MS = 60_000;
const GOALS_MB = { tight: 450, loose: 1_024 } as const;
type RestMode = keyof typeof GOALS_MB;

const command = (): Command =>
  new Command('npm run rest --')
    .description('Measures memory (PSS) 60 s after a load, tight and loose.')
    .option('--rate <number>', 'requests per second', wholeNumber(1, 1_000), 150)
    .option('--seconds <number>', 'length of each load', wholeNumber(1, 3_600), 60)
    .option('--report <file>', 'write the numbers there as JSON')
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

/** Memory of each process of the stack, with those of its children that have no row of their own, MB. */
async function memoryByApp(home: string): Promise<Record<string, number>> {
  const rows = (await readRunFile(home))?.processes;
  if (rows === undefined) throw new StackError(`nothing tells of the processes in ${home}`);
  const names = new Map([
    [process.pid, 'stack'],
    ...rows.map(({ instance, pid }) => [pid, instance] as const),
  ]);
  const sizes = await memoryByName(ownersOf(await listProcesses(), names));
  return Object.fromEntries(Object.entries(sizes).map(([name, mb]) => [name, Math.round(mb)]));
}

async function measure(session: Session<RestOptions>, stack: Stack, mode: RestMode) {
  const { options, screen, signal, settings } = session;
  const log = new SwitchLog(ControlClient.of(stack));
  const stillSo = await log.become({ mode }, 'memory at rest', signal);
  screen.say(
    `${mode}: ${options.rate} requests/s for ${options.seconds} s, then ${REST_MS / 1_000} s of rest`,
  );
  const load = await startLoad({
    main: join(repositoryRoot(), 'dist/load/main.js'),
    config: { edgeUrl: stack.edgeUrl, mode: 'steady', peakRps: options.rate, durationS: options.seconds },
    logFile: join(settings.home, 'logs/load.log'),
    onLine: () => undefined,
  });
  const { requests, failed } = await seenThrough(load, signal);
  await wait(REST_MS, undefined, { signal });
  const byApp = await memoryByApp(settings.home);
  await stillSo();
  const totalMb = Object.values(byApp).reduce((sum, mb) => sum + mb, 0);
  screen.say(`${mode}: ${totalMb} MB (goal ${GOALS_MB[mode]} MB)`);
  return { mode, totalMb, goalMb: GOALS_MB[mode], met: totalMb <= GOALS_MB[mode], requests, failed, byApp };
}

async function rest(session: Session<RestOptions>): Promise<number> {
  const { report } = session.options;
  await assertWritable(report ?? null);
  const facts = { commit: await commitOf(repositoryRoot()), machine: machineFacts() };
  const rows = await withStack(session, { port: 0, audit: false }, async (stack) => [
    await measure(session, stack, 'tight'),
    await measure(session, stack, 'loose'),
  ]);
  await writeReport(report ?? null, { rows, ...facts });
  return rows.every(({ met, failed }) => met && failed === 0) ? 0 : 1;
}

await runCommand(
  (args, cwd) =>
    parsing(command(), args, (given: RestOptions) => ({
      ...given,
      ...(given.report === undefined ? {} : { report: resolve(cwd, given.report) }),
    })),
  rest,
);
