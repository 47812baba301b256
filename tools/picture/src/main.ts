/** `npm run picture`: the docs' pictures, each from something real. */
import { readFile, writeFile } from 'node:fs/promises';
import { readRequestLog } from '@atlas/load';
import { pathFromHere } from '@atlas/platform-config';
import { Command, InvalidArgumentError } from 'commander';
import {
  drawBench,
  drawControllers,
  drawTimeline,
  timelineOf,
  titleOfControllers,
  type BenchRow,
  type ControllersReport,
} from './index.ts';
import { pictureStorefront } from './storefront.ts';

const seconds = (typed: string): number => {
  const value = Number(typed);
  if (!(value > 0)) throw new InvalidArgumentError('a number of seconds above 0 is needed');
  return value;
};

async function drawRun({ log, out, slice }: { log: string; out: string; slice: number }): Promise<void> {
  const timeline = await timelineOf(readRequestLog(log), slice);
  const requests = Math.round(
    timeline.buckets.reduce((sum, bucket) => sum + bucket.perSecond * slice, 0),
  ).toLocaleString('en-US');
  const failed = timeline.buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
  const title = `${requests} requests while the shape changes ${timeline.bands.length - 1} times: ${failed} failed`;
  await writeFile(out, drawTimeline(timeline, title));
  console.log(`${out}: ${title}`);
}

/** @throws Error when it holds no list of that name, so is no such report */
async function reportWith<T>(file: string, list: string & keyof T): Promise<T> {
  const report = JSON.parse(await readFile(file, 'utf8')) as T;
  if (!Array.isArray(report[list])) throw new Error(`${file} is no such report: it has no ${list}`);
  return report;
}

interface BenchReport {
  readonly rows: readonly BenchRow[];
  readonly commit: string | null;
}

async function drawReport({ report, out }: { report: string; out: string }): Promise<void> {
  const { rows, commit } = await reportWith<BenchReport>(report, 'rows');
  const judged = rows.filter(({ met }) => met !== null);
  const met = judged.filter((row) => row.met === true).length;
  const title = `${met} of ${judged.length} goals met${commit === null ? '' : `, commit ${commit.slice(0, 8)}`}`;
  await writeFile(out, drawBench(rows, title));
  console.log(`${out}: ${title}`);
}

async function drawComparison({ report, out }: { report: string; out: string }): Promise<void> {
  const measured = await reportWith<ControllersReport>(report, 'cells');
  const title = titleOfControllers(measured);
  await writeFile(out, drawControllers(measured.cells, title));
  console.log(`${out}: ${title}`);
}

// Before the commands, which take it over: wrong usage exits with 2 in each of them.
const program = new Command('npm run picture --')
  .description("Makes the docs' pictures from real runs.")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
program
  .command('run')
  .description('draws rate and latency of a replay over the epochs that served it, as SVG')
  .requiredOption('--log <file>', 'per-request log of a run (.atlas/load/requests.jsonl)', pathFromHere)
  .requiredOption('--out <file>', 'SVG to write', pathFromHere)
  .option('--slice <seconds>', 'width of one slice', seconds, 1)
  .action(drawRun);
program
  .command('bench')
  .description('draws how far each row of a bench report is from its goal, as SVG')
  .requiredOption('--report <file>', 'what `npm run bench -- --report FILE` wrote', pathFromHere)
  .requiredOption('--out <file>', 'SVG to write', pathFromHere)
  .action(drawReport);
program
  .command('controllers')
  .description('draws what `npm run bench:controllers -- --report FILE` wrote, as SVG')
  .requiredOption('--report <file>', 'the report', pathFromHere)
  .requiredOption('--out <file>', 'SVG to write', pathFromHere)
  .action(drawComparison);
program
  .command('storefront')
  .description('takes a picture of a running shop')
  .requiredOption('--url <url>', 'where the shop answers, as `npm start` says')
  .requiredOption('--out <file>', 'PNG or JPEG to write', pathFromHere)
  .option('--dark', 'as it is at night', false)
  .action(({ url, out, dark }: { url: string; out: string; dark: boolean }) =>
    pictureStorefront(url, out, dark),
  );
await program.parseAsync().catch((error: unknown) => {
  console.error(`picture: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
