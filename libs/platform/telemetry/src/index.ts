export { createLogger, hideCredentials, withoutSecrets, type Logger, type LoggerOptions } from './logger.ts';
export { logDestination, type LogDestination, type LogDestinationOptions } from './log-destination.ts';
export { METRICS, type MetricKey, type MetricSpec } from './metric-names.ts';
export {
  createMetrics,
  createProcessMetrics,
  silentMetrics,
  type Metrics,
  type ProcessMetrics,
  type Reading,
} from './metrics.ts';
export type { EdgeSample, Line } from './edge-series.ts';
export {
  AuditFormatError,
  decodeAudit,
  encodeAudit,
  frameEnd,
  readAuditFile,
  wholeFramesEnd,
  type AdmitRecord,
  type AuditFile,
  type AuditHeader,
  type AuditRecord,
  type CallRecord,
  type EndRecord,
  type ServeRecord,
} from './audit-codec.ts';
export { AuditFileSink } from './audit-file-sink.ts';
export { spell, type SpellOptions } from './spell.ts';
export { tellDrops, type Listener, type Warns } from './tell-drops.ts';
