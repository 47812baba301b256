export { audit, type AuditOptions } from './audit.ts';
export type { AuditedAmounts, AuditResult } from './result.ts';
export type { QuietProgress } from './quiet.ts';
