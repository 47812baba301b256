import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seenThrough, startLoad, type LoadProcess } from '../src/load-process.ts';

let folder: string;
let load: LoadProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-load-'));
});
afterEach(async () => {
  await load?.kill();
  await rm(folder, { recursive: true, force: true });
});

const START = `console.log(JSON.stringify({ type: 'start' }));`;
/** Does this once it is told to finish: of a driver that has ended before anybody listens nothing is heard. */
const atTheEnd = (last: string): string => `${START} process.stdin.once('data', () => { ${last} });`;

/** A driver that does as the script says. */
async function started(script: string): Promise<LoadProcess> {
  const main = join(folder, 'load.mjs');
  await writeFile(main, script);
  const config = { edgeUrl: 'http://127.0.0.1:1' };
  load = await startLoad({ main, config, logFile: join(folder, 'load.log'), onLine: () => undefined });
  return load;
}

const isGone = ({ pid }: LoadProcess): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};

test('a load that is interrupted ends at once, with its process', async () => {
  const endless = await started(`${START} setInterval(() => {}, 1_000);`);
  await endless.begun;
  const over = new AbortController();
  const seen = seenThrough(endless, over.signal);
  over.abort();
  await expect(seen).rejects.toBe(over.signal.reason);
  expect(isGone(endless)).toBe(true);
});

test('so does one that begins after the interruption', async () => {
  const endless = await started('setInterval(() => {}, 1_000);');
  const signal = AbortSignal.abort();
  await expect(seenThrough(endless, signal)).rejects.toBe(signal.reason);
  expect(isGone(endless)).toBe(true);
});

test('one that goes its way ends with the summary, and one that dies with the name of its log', async () => {
  const { signal } = new AbortController();
  const summary = `console.log(JSON.stringify({ type: 'summary', requests: 3 }));`;
  const whole = await started(atTheEnd(`${summary} process.exit(0);`));
  whole.finish();
  expect(await seenThrough(whole, signal)).toMatchObject({ requests: 3 });
  const dying = await started(atTheEnd('process.exit(1);'));
  dying.finish();
  await expect(seenThrough(dying, signal)).rejects.toThrow(
    `the load driver ended before its time (log: ${join(folder, 'load.log')})`,
  );
});
