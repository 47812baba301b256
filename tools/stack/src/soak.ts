/** `npm run soak`: many random switches under the replay, with two bundles, one of them slow to see the store. */
import { repositoryRoot, readManifest } from '@atlas/platform-stack';
import { setTimeout as wait } from 'node:timers/promises';
import { replay, type MovingRun } from './replay.ts';
import { assertWritable, writeReport } from './report.ts';
import { runCommand, withStack, type Session } from './session.ts';
import { countSoak } from './soak-count.ts';
import { parseSoak, type SoakOptions } from './soak-options.ts';
import { placementName, walk } from './soak-plan.ts';
import { summaryTable } from './summary-table.ts';
import { WearWatch, wearOf, wearTroubles } from './wear.ts';
import type { LoadLine } from '@atlas/load';

const BUNDLES = { bundle: 2 };

/** The second bundle's every contact with the coupling store takes 300 ms longer: 150 ms there and 150 ms back. */
const faults = (bundle: string): string => `store.*@${bundle}-1=delay:150`;

/** Share of the time in which all switches begin; the rest is for the last drains. */
const BUSY_SHARE = 0.92;

/** Seconds of one pass of the traffic window. */
const PASS_S = 120;

/** Seconds between two looks at memory and descriptors. */
const LOOK_EVERY_S = 10;

/** A look at each tenth progress line, which come once a second. */
function watchWear(watch: WearWatch): (line: LoadLine, driver: number) => void {
  let lines = 0;
  return (line, driver) => {
    if (line.type !== 'progress') return;
    lines += 1;
    if (lines % LOOK_EVERY_S === 0)
      void watch.look({ atMs: line.elapsedS * 1_000, requests: line.requests }, driver);
  };
}

async function move(
  run: MovingRun,
  { switches, minutes, seed }: SoakOptions,
  modules: readonly string[],
): Promise<void> {
  const { log, signal, start, note } = run;
  const all = minutes * 60_000;
  const left = (): number => start.at + all - Date.now();
  let number = 0;
  for (const { placements } of walk(modules, switches, seed)) {
    number += 1;
    const due = start.at + (all * BUSY_SHARE * (number - 1)) / switches - Date.now();
    await wait(Math.max(0, due), undefined, { signal });
    if (left() <= 0) return;
    note(`${number} of ${switches}: ${placementName(placements)}`);
    await log.perform({ placements, instances: BUNDLES }, `soak, switch ${number}`, {
      until: 'routed',
      signal,
    });
  }
  await log.settle(signal);
  await wait(Math.max(0, left()), undefined, { signal });
}

async function soak(session: Session<SoakOptions>): Promise<number> {
  const { options, screen, signal } = session;
  await assertWritable(options.report);
  const { bundle, modules } = await readManifest(repositoryRoot());
  return withStack(session, { port: options.port, audit: true, faults: faults(bundle) }, async (stack) => {
    const watch = new WearWatch(stack.home);
    const report = await replay({
      ...{ stack, screen, signal, seed: options.seed, scenario: 'soak' },
      switchesPlanned: options.switches,
      load: { mode: 'continuous', durationS: PASS_S, peakRps: options.rate ?? 'auto' },
      moves: (run) => move(run, options, modules),
      onLoadLine: watchWear(watch),
      conclude: ({ log }) => {
        const { soak: counts, troubles } = countSoak(options.switches, log.all(), modules);
        const wear = wearOf(watch.looks, PASS_S * 1_000);
        return { soak: counts, wear, troubles: [...troubles, ...(wear ? wearTroubles(wear) : [])] };
      },
    });
    screen.say(summaryTable(report));
    await writeReport(options.report, report);
    return report.verdict === 'pass' ? 0 : 1;
  });
}

await runCommand(parseSoak, soak);
