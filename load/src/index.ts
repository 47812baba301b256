export * from './protocol.ts';
export { seenPast } from './seen-past.ts';
export { readMinutes, readTrace, type TraceMinute } from './trace.ts';
export { checkLoadConfig } from './load-config.ts';
export { checkoutsInFlightAt, readRequestLog } from './request-log.ts';
export {
  parseScenario,
  readScenario,
  ScenarioSchema,
  type Scenario,
  type ScenarioStep,
  type ScenarioTraffic,
} from './scenario.ts';
