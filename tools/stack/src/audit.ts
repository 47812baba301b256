/**
 * The audit in a process of its own: it reads every record of a run into memory, and the supervisor lives on for long
 * (measured: 130 MB that it would keep). `audit.js OPTIONS` (JSON) prints one line of JSON, `AuditAnswer`.
 */
import { createReadStream } from 'node:fs';
import { audit, type AuditOptions } from '@atlas/auditor';
import type { AuditAnswer } from './audit-process.ts';

/** The lifeline's end is the end. */
function followLifeline(fd: string | undefined): void {
  if (fd === undefined) return;
  const lifeline = createReadStream('', { fd: Number(fd) });
  for (const event of ['end', 'error'] as const) lifeline.on(event, () => process.exit(1));
  lifeline.resume();
}

async function answer(): Promise<AuditAnswer> {
  try {
    return { result: await audit(JSON.parse(process.argv[2] ?? '{}') as AuditOptions) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

followLifeline(process.env['ATLAS_LIFELINE_FD']);
process.stdout.write(`${JSON.stringify(await answer())}\n`, () => process.exit(0));
