export { Collector, type Clocks, type CollectorParts, type Target } from './collector.ts';
export { deltaOf, type Delta, type Flaw, type Taken } from './delta.ts';
export { MinuteFold, MINUTE_MS, type Round } from './minute-fold.ts';
export type { CallWork, HostWork } from './host-work.ts';
export {
  addBounds,
  addOperation,
  NO_OPERATION,
  quantileMs,
  scaleRates,
  totalOf,
  type OperationRates,
  type Rates,
} from './rates.ts';
export { prometheus, type PrometheusParts } from './sources/prometheus.ts';
export { scrapes, type ScrapesParts } from './sources/scrapes.ts';
export type { Source } from './sources/source.ts';
export { readingOf, WANTED, type Reading } from './reading.ts';
export {
  summaryOf,
  trafficOf,
  type Answers,
  type HostLook,
  type HostSummary,
  type Summary,
} from './summary.ts';
export { importPast, type ImportedMinute } from './store/import-past.ts';
export {
  LEAST_COVERED,
  openBrainStore,
  type BrainStore,
  type StoredDecision,
  type StoredMinute,
  type StoredSale,
} from './store/brain-store.ts';
