export { bootHost } from './boot-host.ts';
export { bootSpare, BLANK, type Assignment, type Become } from './boot-spare.ts';
export type { HostContext, HostEdge, HostOptions } from './host-options.ts';
export { startHost, type HostEvents, type RunningHost } from './start-host.ts';
export { Pump, type PumpOptions } from './pump/pump.ts';
export { EXIT } from './exits.ts';
