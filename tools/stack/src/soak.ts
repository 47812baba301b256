/** `npm run soak`: many random switches under the replay, with two bundles, one of them slow to see the store. */
import { repositoryRoot, readManifest } from '@atlas/platform-stack';
import { setTimeout as wait } from 'node:timers/promises';
import { ControlClient } from './control-client.ts';
import { replay, type MovingRun } from './replay.ts';
import { assertWritable, writeReport } from './report.ts';
import { runCommand, withStack, type Session } from './session.ts';
import { countSoak, endedEarly } from './soak-count.ts';
import { parseSoak, type SoakOptions } from './soak-options.ts';
import { placementName, walk } from './soak-plan.ts';
import { summaryTable } from './summary-table.ts';
import { startTight } from './switch-run.ts';
import { WearWatch, wearOf, wearTroubles } from './wear.ts';
import type { LoadLine } from '@atlas/load';

const BUNDLES = { bundle: 2 };

/** The second bundle's every contact with the coupling store takes 300 ms longer: 150 ms there and 150 ms back. */
const faults = (bundle: string): string => `store.*@${bundle}-1=delay:150`;

/** Share of the time in which all switches begin; the rest is for the last drains. */
const BUSY_SHARE = 0.92;

/** Said at an interruption under load. */
const ENDING =
  'interrupted: what was seen so far is audited and judged; Ctrl-C again, after 5 s, ends at once, without a report';

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

/** As far as it comes until `ended` fires; a switch that has begun then is seen through. */
async function move(
  { log, signal, start, note }: MovingRun,
  { switches, minutes, seed }: SoakOptions,
  { modules, ended }: { readonly modules: readonly string[]; readonly ended: AbortSignal },
): Promise<void> {
  const all = minutes * 60_000;
  const left = (): number => (ended.aborted ? 0 : start.at + all - Date.now());
  const pause = (ms: number): Promise<void> =>
    wait(Math.max(0, ms), undefined, { signal: ended }).catch(() => undefined);
  let number = 0;
  for (const { placements } of walk(modules, switches, seed)) {
    number += 1;
    await pause(start.at + (all * BUSY_SHARE * (number - 1)) / switches - Date.now());
    if (left() <= 0) return;
    note(`${number} of ${switches}: ${placementName(placements)}`);
    await log.perform({ placements, instances: BUNDLES }, `soak, switch ${number}`, {
      until: 'routed',
      signal,
    });
  }
  await log.settle(signal);
  await pause(left());
}

async function soak(session: Session<SoakOptions>): Promise<number> {
  const { options, screen, signal } = session;
  await assertWritable(options.report);
  const { bundle, modules } = await readManifest(repositoryRoot());
  const { port, keepWarmMs } = options;
  return withStack(session, { port, audit: true, faults: faults(bundle), keepWarmMs }, async (stack) => {
    // The walk does: a first step to what is in force already would be no switch.
    await startTight(ControlClient.of(stack), { bundles: BUNDLES.bundle, reason: 'before the soak', signal });
    const watch = new WearWatch(stack.home);
    const nothing = new AbortController(); // fires in place of `signal` as long as there is nothing to judge
    let begun = false;
    let endedAt = Infinity;
    const end = (): void => {
      endedAt = Date.now();
      if (begun) screen.say(ENDING);
      else nothing.abort(signal.reason);
    };
    signal.addEventListener('abort', end, { once: true });
    const report = await replay({
      ...{ stack, screen, signal: nothing.signal, seed: options.seed, scenario: 'soak' },
      switchesPlanned: options.switches,
      load: { mode: 'continuous', durationS: PASS_S, peakRps: options.rate ?? 'auto' },
      moves: (run) => {
        begun = true;
        return move(run, options, { modules, ended: signal });
      },
      onLoadLine: watchWear(watch),
      conclude: ({ log, start }) => {
        const { soak: counts, troubles } = countSoak(options.switches, log.all(), modules);
        const wear = wearOf(watch.looks, PASS_S * 1_000);
        const early = endedEarly(endedAt - start.at, options.minutes);
        return { soak: counts, wear, troubles: [...early, ...troubles, ...(wear ? wearTroubles(wear) : [])] };
      },
    });
    signal.removeEventListener('abort', end);
    screen.say(summaryTable(report));
    await writeReport(options.report, report);
    signal.throwIfAborted(); // its exit code is that of an interruption, whatever was found
    return report.verdict === 'pass' ? 0 : 1;
  });
}

await runCommand(parseSoak, soak);
