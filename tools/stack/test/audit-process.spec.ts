import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAudit, type AuditAnswer } from '../src/audit-process.ts';

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

async function answerOf(script: string): Promise<AuditAnswer> {
  const main = join(folder, 'audit.mjs');
  await writeFile(main, script);
  return (await startAudit(main, options, join(folder, 'audit.log'))).answer;
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

test('an audit process can be ended at once', async () => {
  const main = join(folder, 'audit.mjs');
  await writeFile(main, 'setInterval(() => undefined, 1000)');
  const run = await startAudit(main, options, join(folder, 'audit.log'));
  run.kill();
  expect(await run.answer).toEqual({ failure: 'it ended (SIGKILL)' });
});
