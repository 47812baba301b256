/** `npm run picture -- --log FILE --out FILE.svg`: draws a run from its per-request log. */
import { writeFile } from 'node:fs/promises';
import { readRequestLog } from '@atlas/load';
import { Command } from 'commander';
import { drawTimeline, timelineOf } from './index.ts';

const options = new Command('picture')
  .description('Draws rate and latency of a replay over the epochs that served it, as SVG.')
  .requiredOption('--log <file>', 'per-request log of a run (.atlas/…/requests.jsonl)')
  .requiredOption('--out <file>', 'SVG to write')
  .option('--slice <seconds>', 'width of one slice', '0.5')
  .parse()
  .opts<{ log: string; out: string; slice: string }>();

const timeline = await timelineOf(readRequestLog(options.log), Number(options.slice));
const failed = timeline.buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
const title = `${timeline.bands.length} epochs in ${Math.round(timeline.seconds)} s, ${failed} failed requests`;
await writeFile(options.out, drawTimeline(timeline, title));
console.log(`${options.out}: ${title}`);
