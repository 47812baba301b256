export * from './contract.ts';
export * from './errors.ts';
export * from './call.ts';
export { COUPLING, MODULE_REGISTRY } from './tokens.ts';
export { canonicalJson, contractHash } from './contract-hash.ts';
export { nopAudit, outcomeOf, type AuditSink, type CallAudit, type ServeAudit } from './audit.ts';
export type { CallObserver, TimedCall } from './observer.ts';
export { originOf, type Endpoint, type HostIdentity } from './host.ts';
export type { ModuleRegistry } from './module-registry.ts';
export { misfitOf } from './input-check.ts';
export { fromWire, platformWire, toWire, type WireError } from './wire-error.ts';
export {
  nopConnector,
  type CallFrame,
  type CallOutcome,
  type Connector,
  type Inbound,
  type Link,
  type LinkState,
  type Refusal,
  type Reply,
  type ServedCall,
} from './link.ts';
export type { DeadLetter } from './dispatcher.ts';
export type { DefectSite } from './inbound-calls.ts';
export { steadyNow } from './steady-clock.ts';
export {
  ROOT_CALLER,
  type CallMeter,
  type EdgeCount,
  type ServedCount,
  type WayCount,
} from './call-meter.ts';
export type { ReadLayout } from './layouts-held.ts';
export {
  createCoupling,
  CouplingRuntime,
  DEFAULT_DEADLINE_MS,
  MAX_DEADLINE_MS,
  type RuntimeOptions,
} from './coupling-runtime.ts';
