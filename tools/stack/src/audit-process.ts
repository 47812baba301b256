/** Asks the audit process. */
import type { AuditOptions, AuditResult } from '@atlas/auditor';
import { appEnvironment, lastLines, startApp } from '@atlas/platform-stack';
import { text } from 'node:stream/consumers';

export type AuditAnswer = { readonly result: AuditResult } | { readonly failure: string };

export interface AuditProcess {
  /** `dist/stack/audit.js` */
  readonly main: string;
  readonly logFile: string;
  /** Ends it at once, also while it is being started. */
  readonly signal: AbortSignal;
}

/** A process that dies is a failure, not an exception. */
export async function auditApart(
  { main, logFile, signal }: AuditProcess,
  options: Omit<AuditOptions, 'onProgress'>,
): Promise<AuditAnswer> {
  const process = await startApp({
    app: 'audit',
    main,
    env: appEnvironment({}),
    logFile,
    stdout: 'pipe',
  });
  process.child.stdin?.on('error', () => undefined).end(JSON.stringify(options)); // it may be gone already
  const said = process.child.stdout ? text(process.child.stdout) : Promise.resolve('');
  const kill = (): void => void process.child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const how = await process.exited;
  signal.removeEventListener('abort', kill);
  try {
    return JSON.parse(await said) as AuditAnswer;
  } catch {
    return { failure: `it ended (${how}) ${await lastLines(logFile, 1)}`.trim() };
  }
}
