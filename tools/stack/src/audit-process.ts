/** Asks the audit process. */
import type { AuditOptions, AuditResult } from '@atlas/auditor';
import { appEnvironment, lastLines, startApp } from '@atlas/platform-stack';
import { text } from 'node:stream/consumers';

export type AuditAnswer = { readonly result: AuditResult } | { readonly failure: string };

export interface AuditRun {
  readonly answer: Promise<AuditAnswer>;
  kill(): void;
}

/** `main`: `dist/stack/audit.js`. A process that dies is a failure, not an exception. */
export async function startAudit(
  main: string,
  options: Omit<AuditOptions, 'onProgress'>,
  logFile: string,
): Promise<AuditRun> {
  const process = await startApp({
    app: 'audit',
    main,
    env: appEnvironment({}),
    logFile,
    stdout: 'pipe',
  });
  process.child.stdin?.on('error', () => undefined).end(JSON.stringify(options)); // it may be gone already
  const said = process.child.stdout ? text(process.child.stdout) : Promise.resolve('');
  const answered = async (): Promise<AuditAnswer> => {
    const how = await process.exited;
    try {
      return JSON.parse(await said) as AuditAnswer;
    } catch {
      return { failure: `it ended (${how}) ${await lastLines(logFile, 1)}`.trim() };
    }
  };
  return { answer: answered(), kill: () => process.child.kill('SIGKILL') };
}
