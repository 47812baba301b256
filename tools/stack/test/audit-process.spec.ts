import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditApart, type AuditAnswer } from '../src/audit-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-audit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = { postgresUrl: 'p', acquirerUrl: 'a', auditDir: 'd', clientLog: 'c', waitMs: 1 };

/** Reads its options, and lives on a lifeline like the real one: it must end though that is open. */
const ECHO = `
import { text } from 'node:stream/consumers';
import { watchLifeline } from '${join(import.meta.dirname, '../../../libs/platform/stack/src/lifeline.ts')}';
watchLifeline(3, () => process.exit(1));
const result = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify({ result }), () => process.exit(0));
`;

async function answerOf(
  script: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<AuditAnswer> {
  const main = join(folder, 'audit.mjs');
  await writeFile(main, script);
  return auditApart({ main, logFile: join(folder, 'audit.log'), signal }, options);
}

test('the audit process gets its options and answers with the result', async () => {
  expect(await answerOf(ECHO)).toEqual({
    result: options,
  });
});

test('an audit process that dies is a failure with its last words', async () => {
  expect(await answerOf('console.error("out of memory"); process.exit(3)')).toEqual({
    failure: 'it ended (exit code 3) out of memory',
  });
});

test.each([
  ['while it runs', () => AbortSignal.timeout(500)],
  ['also while it is being started', () => AbortSignal.abort()],
])('an interruption ends the audit process at once, %s', async (_, interrupt) => {
  const answer = await answerOf('setInterval(() => undefined, 1000)', interrupt());
  expect(answer).toEqual({ failure: 'it ended (SIGKILL)' });
});
