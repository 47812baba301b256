export * from './protocol.ts';
export { checkLoadConfig } from './load-config.ts';
export { checkoutsInFlightAt, readRequestLog } from './request-log.ts';
export { parseScenario, readScenario, ScenarioSchema, type Scenario, type ScenarioStep } from './scenario.ts';
