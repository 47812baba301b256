export { ReportSchema, type Report } from './report-schema.ts';
export { MAX_SEED, parsing, wholeNumber, UsageError, type Parsed } from './options.ts';
export { runCommand, withStack, type Session } from './session.ts';
export { commitOf, machineFacts } from './machine-facts.ts';
export type { SwitchView } from '@atlas/control-api';
export { ControlClient, type Target } from './control-client.ts';
export { startLoad, type LoadProcess } from './load-process.ts';
export { familyOf, listProcesses, memoryMb, type ProcessUsage } from './process-usage.ts';
export { placementName, seededRandom, walk } from './soak-plan.ts';
