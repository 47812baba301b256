/** `npm run trials`: good and faulty switches on the real stack under real load. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, repositoryRoot } from '@atlas/platform-stack';
import {
  assertWritable,
  commitOf,
  machineFacts,
  runCommand,
  UsageError,
  writeReport,
  type Session,
} from '@atlas/stack';
import { FAULT_KINDS, type FaultKind } from './faults.ts';
import { runFaulty, type Detection } from './faulty.ts';
import { runGood } from './good.ts';
import { Ground, type Tried } from './ground.ts';
import { Journal } from './journal.ts';
import { judgeAgain, judgeCrossed, judgeSlowed, judgeSurged, sampleOf } from './judge-again.ts';
import { parseTrials, type TrialsOptions } from './options.ts';
import { recordingsOf, type Recording, type RunFacts } from './recording.ts';
import { goodOf, isGoodJudge, reportOf } from './report.ts';

/** Judgements over crossed recordings, and recordings of which pairs are drawn: what fits into memory. */
const CROSSED = 2_000;
const CROSSED_FROM = 48;

function recordingOf({ view, looks, endedAt }: Tried, detection: Detection | null): Recording {
  const { id, fromPlacements: from, toPlacements: to, trial, abort, outcome, decidedAt, committedAt } = view;
  return {
    ...{ id, from, to, fault: detection?.kind ?? null },
    verdict: trial?.verdict ?? null,
    detail: trial?.detail ?? abort?.detail ?? null,
    prepareMs: committedAt === null ? null : committedAt - decidedAt,
    ...{ outcome, endedAt, detection, looks },
  };
}

const faultyLine = ({ kind, reverted, sinceFaultMs, sinceProofMs, met, detail }: Detection): string =>
  `${kind}: ${reverted ? `taken back ${sinceFaultMs} ms after the fault, ${sinceProofMs} ms after the proof` : 'NOT taken back'}` +
  `${met ? '' : ' (too late)'}: ${detail}`;

interface Work {
  readonly session: Session<TrialsOptions>;
  readonly ground: Ground;
  readonly took: (tried: Tried, detection: Detection | null, line: string) => Promise<void>;
  readonly done: Journal['entries'];
}

/** All kinds in turn, without those that earlier runs have made. */
function faultyLeft({ faulty }: TrialsOptions, done: Journal['entries']): FaultKind[] {
  const made = (kind: string): number => done.filter(({ fault }) => fault === kind).length;
  const rounds = Array.from({ length: faulty }, (_, round) => round);
  return rounds.flatMap((round) => FAULT_KINDS.filter(({ name }) => made(name) <= round));
}

/** Under the load of a shop: an operation that is rare there is to be rare. */
async function tryFaulty({ session: { options, signal }, ground, took, done }: Work): Promise<void> {
  const left = faultyLeft(options, done);
  if (left.length > 0) await ground.drive('visitors');
  for (const kind of left) {
    const { detection, tried } = await runFaulty(ground, kind, signal);
    await took(tried, detection, faultyLine(detection));
  }
}

/** Under a load that brings the calls a trial waits for as soon as the shortest trial is over. */
async function tryGood({ session: { options, signal }, ground, took, done }: Work): Promise<void> {
  const { judged } = goodOf(done);
  if (judged.length >= options.switches) return;
  await ground.drive('buyers');
  const { modules } = await readManifest(repositoryRoot());
  const end = options.minutes === null ? Infinity : performance.now() + options.minutes * 60_000;
  await runGood(ground, {
    ...{ modules, switches: options.switches, made: judged.length, seed: options.seed, signal },
    mayGoOn: () => performance.now() < end,
    onTried: (tried, line) => took(tried, null, line),
  });
}

async function tryAll(session: Session<TrialsOptions>, journal: Journal): Promise<void> {
  const { options, screen, signal } = session;
  const done = journal.entries;
  const ground = await Ground.open(options);
  const took: Work['took'] = async (tried, detection, line) => {
    screen.say(line);
    await journal.took(recordingOf(tried, detection));
    await writeReport(options.report, reportOf(journal.runs, null));
  };
  const work = { session, ground, took, done };
  let failed = false;
  try {
    if (!options.resume) await rm(journal.file, { force: true }); // not before there is a shop to try
    await journal.begin(await factsOf(work));
    screen.say(`recordings go to ${journal.file}`);
    await tryFaulty(work);
    await tryGood(work);
    signal.throwIfAborted(); // what there is stands in report and recordings: --resume goes on there
  } catch (error) {
    failed = !signal.aborted;
    if (failed) screen.say(`its logs: ${ground.shop.home}`);
    throw error;
  } finally {
    await ground.close(failed);
  }
}

async function factsOf({ session: { options }, ground, done }: Work): Promise<RunFacts> {
  const { seed, note } = options;
  const faulty = faultyLeft(options, done).length > 0 ? await ground.rateOf('visitors') : null;
  return {
    began: new Date().toISOString(),
    commit: await commitOf(repositoryRoot()),
    machine: machineFacts(),
    load: loadOf(options),
    ...{ seed, note, requestsPerSecond: { good: await ground.rateOf('buyers'), faulty } },
  };
}

const loadOf = ({ saturated }: TrialsOptions) => (saturated ? 'saturated' : 'calm');

async function judgedAgain(files: readonly string[], seed: number): Promise<Record<string, unknown>> {
  const again = await judgeAgain(recordingsOf(files));
  const sample = await sampleOf(recordingsOf(files), CROSSED_FROM, seed);
  const slowed = await judgeSlowed(recordingsOf(files));
  const surged = await judgeSurged(recordingsOf(files));
  return { again, slowed, surged, crossed: await judgeCrossed(sample, CROSSED, seed) };
}

async function trials(session: Session<TrialsOptions>): Promise<number> {
  const { options, screen, settings } = session;
  const { seed, recorded, report: path, resume } = options;
  if (recorded !== null) {
    screen.say(JSON.stringify(await judgedAgain(recorded, seed), null, 1));
    return 0;
  }
  const file = path === null ? join(settings.home, 'trials.jsonl') : path.replace(/(\.json)?$/, '.jsonl');
  await assertWritable(path);
  const journal = await (resume ? Journal.open(file) : Journal.anew(file));
  const other = journal.runs.find(({ load }) => load !== loadOf(options))?.load;
  if (other !== undefined)
    throw new UsageError(`${file} holds ${other} trials; --resume goes on with those only`);
  await tryAll(session, journal);
  const report = reportOf(journal.runs, await judgedAgain([file], seed));
  const { goodSwitches, falseReverts, falseDetails, untried } = report;
  screen.say(JSON.stringify({ goodSwitches, falseReverts, falseDetails, untried }, null, 1));
  await writeReport(path, report);
  return isGoodJudge(options, journal.entries) ? 0 : 1;
}

await runCommand(parseTrials, trials);
