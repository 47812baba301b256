/**
 * The audit in a process of its own: it reads every record of a run into memory, and the supervisor lives on for long
 * (measured: 130 MB that it would keep). It reads `AuditOptions` as JSON from standard input (they
 * hold a password) and prints one line of JSON, `AuditAnswer`.
 */
import { audit, type AuditOptions } from '@atlas/auditor';
import { watchLifeline } from '@atlas/platform-stack';
import { text } from 'node:stream/consumers';
import type { AuditAnswer } from './audit-process.ts';

async function answer(): Promise<AuditAnswer> {
  try {
    return { result: await audit(JSON.parse(await text(process.stdin)) as AuditOptions) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

const lifeline = process.env['ATLAS_LIFELINE_FD'];
if (lifeline !== undefined) watchLifeline(Number(lifeline), () => process.exit(1));
process.stdout.write(`${JSON.stringify(await answer())}\n`, () => process.exit(0));
