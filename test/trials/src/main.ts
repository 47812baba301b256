/** `npm run trials`: good and faulty switches on the real stack under real load. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, repositoryRoot } from '@atlas/platform-stack';
import { commitOf, runCommand, type Session, type SwitchView } from '@atlas/stack';
import { FAULT_KINDS } from './faults.ts';
import { runFaulty, type Detection } from './faulty.ts';
import { runGood } from './good.ts';
import { Ground, type Tried } from './ground.ts';
import { parseTrials, type TrialsOptions } from './options.ts';
import { keep, readRecordings, type Recording } from './recording.ts';
import { reportOf, writeTrialsReport, type Outcome } from './report.ts';

const recordingOf = ({ view, looks }: Tried, fault: string | null): Recording => ({
  ...{ id: view.id, from: view.fromPlacements, to: view.toPlacements, fault, looks },
  verdict: view.trial?.verdict ?? null,
  detail: view.trial?.detail ?? null,
});

const faultyLine = ({ kind, reverted, sinceFaultMs, sinceProofMs, met, detail }: Detection): string =>
  `${kind}: ${reverted ? `taken back ${sinceFaultMs} ms after the fault, ${sinceProofMs} ms after the proof` : 'NOT taken back'}` +
  `${met ? '' : ' (too late)'}: ${detail}`;

async function tryAll(session: Session<TrialsOptions>, file: string): Promise<Omit<Outcome, 'commit'>> {
  const { options, screen, signal } = session;
  const { modules } = await readManifest(repositoryRoot());
  const began = performance.now();
  const minutes = (): number => (performance.now() - began) / 60_000;
  const [good, detections, recordings]: [SwitchView[], Detection[], Recording[]] = [[], [], []];
  const ground = await Ground.open(options);
  const took = async (tried: Tried, fault: string | null): Promise<void> => {
    const recording = recordingOf(tried, fault);
    recordings.push(recording);
    await keep(file, recording);
  };
  screen.say(`${ground.rate} requests/s; recordings go to ${file}`);
  try {
    for (let round = 0; round < options.faulty; round += 1) {
      for (const kind of FAULT_KINDS) {
        const { detection, tried } = await runFaulty(ground, kind, signal);
        detections.push(detection);
        screen.say(faultyLine(detection));
        await took(tried, kind.name);
      }
    }
    await runGood(ground, {
      ...{ modules, switches: options.switches, seed: options.seed, signal },
      mayGoOn: () => options.minutes === null || minutes() < options.minutes,
      onTried: async (tried, line) => {
        good.push(tried.view);
        screen.say(line);
        await took(tried, null);
      },
    });
  } finally {
    await ground.close();
  }
  const { seed, saturated } = options;
  return {
    ...{ seed, saturated, rate: ground.rate, good, detections, recordings },
    minutes: Math.round(minutes()),
  };
}

async function trials(session: Session<TrialsOptions>): Promise<number> {
  const { options, screen, settings } = session;
  const { seed, saturated, recorded, report: path } = options;
  const file = path === null ? join(settings.home, 'trials.jsonl') : path.replace(/(\.json)?$/, '.jsonl');
  if (recorded === null) await rm(file, { force: true });
  const commit = await commitOf(repositoryRoot());
  const outcome =
    recorded === null
      ? await tryAll(session, file)
      : {
          ...{ seed, saturated, rate: 0, minutes: 0, good: [], detections: [] },
          recordings: await readRecordings(recorded),
        };
  const report = reportOf({ ...outcome, commit });
  const { goodSwitches, falseReverts, onRecordedData } = report;
  screen.say(JSON.stringify({ goodSwitches, falseReverts, onRecordedData }, null, 1));
  if (path !== null) await writeTrialsReport(path, report);
  const late = outcome.detections.some(({ met }) => !met);
  return late || (falseReverts as number) > (goodSwitches as number) / 100 ? 1 : 0;
}

await runCommand(parseTrials, trials);
