/** Every metric that a process of ours exposes: the registry that dashboards, alerts and tests go by. */
export interface MetricSpec {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, in the metric's unit; histograms only. */
  readonly buckets?: readonly number[];
}

/** Seconds: 1 ms to 10 s, the root's default deadline. */
const LATENCY_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] as const;

export const METRICS = {
  edgeArrivals: {
    name: 'atlas_edge_arrivals_total',
    kind: 'counter',
    help: 'Requests whose head has arrived at the edge, by operation: refused ones too, each once.',
    labels: ['operation'],
  },
  edgeRequests: {
    name: 'atlas_edge_requests_total',
    kind: 'counter',
    help: 'Answers of the edge, by operation, status, mode and epoch of the root.',
    labels: ['operation', 'status', 'mode', 'epoch'],
  },
  edgeDuration: {
    name: 'atlas_edge_request_duration_seconds',
    kind: 'histogram',
    help: 'Time from a request whose head has been read to its complete answer in memory.',
    labels: ['operation', 'mode', 'epoch'],
    buckets: LATENCY_BUCKETS,
  },
  edgeConnections: {
    name: 'atlas_edge_connections',
    kind: 'gauge',
    help: 'Open client connections of the edge.',
    labels: [],
  },
  openRoots: {
    name: 'atlas_open_roots',
    kind: 'gauge',
    help: 'Roots in progress that this bundle admitted, by epoch.',
    labels: ['epoch'],
  },
  pumpRuns: {
    name: 'atlas_pump_runs_total',
    kind: 'counter',
    help: 'Jobs run and events handled by the pump, by outcome.',
    labels: ['operation', 'outcome'],
  },
  logLag: {
    name: 'atlas_event_log_lag_seconds',
    kind: 'gauge',
    help: 'How far a consumer is behind the event log; told by the bundle that pumps it.',
    labels: ['consumer'],
  },
  calls: {
    name: 'atlas_calls_total',
    kind: 'counter',
    help: 'Calls between modules that this host made, by caller (edge: the root itself) and way (local, remote).',
    labels: ['caller', 'module', 'operation', 'way'],
  },
  callDuration: {
    name: 'atlas_call_duration_seconds',
    kind: 'summary',
    help: 'Time of calls as their caller sees it; of sampled roots only.',
    labels: ['caller', 'module', 'operation', 'way'],
  },
  callsServed: {
    name: 'atlas_calls_served_total',
    kind: 'counter',
    help: 'Calls of other hosts that this host served.',
    labels: ['module', 'operation'],
  },
  callServedDuration: {
    name: 'atlas_call_served_duration_seconds',
    kind: 'summary',
    help: 'Time of served calls as their host sees it; of sampled roots only.',
    labels: ['module', 'operation'],
  },
  databaseConnections: {
    name: 'atlas_database_connections',
    kind: 'gauge',
    help: 'Connections of a module pool, in all (total) and of these idle, and callers waiting for one, by state.',
    labels: ['module', 'state'],
  },
  brainLevel: {
    name: 'atlas_brain_level',
    kind: 'gauge',
    help: 'Autonomy that counts for the brain now, 0 to 4.',
    labels: [],
  },
  brainFrozen: {
    name: 'atlas_brain_frozen',
    kind: 'gauge',
    help: '1 while a freeze keeps the brain from switching.',
    labels: [],
  },
  brainDeciding: {
    name: 'atlas_brain_deciding',
    kind: 'gauge',
    help: '1 when enough was seen in the newest second to decide on.',
    labels: [],
  },
  brainContact: {
    name: 'atlas_brain_contact',
    kind: 'gauge',
    help: '1 while the switcher, or the store, answers the brain.',
    labels: ['to'],
  },
  brainWaitingSeconds: {
    name: 'atlas_brain_waiting_seconds',
    kind: 'gauge',
    help: 'Seconds seen that wait for the store.',
    labels: [],
  },
  brainLooks: {
    name: 'atlas_brain_looks_total',
    kind: 'counter',
    help: 'Looks at the shop, by whether every bundle was seen.',
    labels: ['covered'],
  },
  brainFlaws: {
    name: 'atlas_brain_flaws_total',
    kind: 'counter',
    help: 'What was wrong with telemetry, by kind.',
    labels: ['flaw'],
  },
  brainOutcomes: {
    name: 'atlas_brain_outcomes_total',
    kind: 'counter',
    help: 'What became of proposals, by kind.',
    labels: ['outcome'],
  },
  brainThinking: {
    name: 'atlas_brain_thinking_seconds',
    kind: 'histogram',
    help: 'Time from an observation to its proposal, before anything is sent.',
    labels: [],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
  },
  anomalyScore: {
    name: 'atlas_anomaly_score',
    kind: 'gauge',
    help: 'How unusual what the brain sees is, 0 to 1; absent while nothing can be said.',
    labels: [],
  },
  brainRate: {
    name: 'atlas_brain_rate',
    kind: 'gauge',
    help: 'Requests per second of the shop: seen now, and forecast for 5, 15 and 60 minutes ahead.',
    labels: ['horizon'],
  },
  brainRateBand: {
    name: 'atlas_brain_rate_band',
    kind: 'gauge',
    help: 'Limits of the 80 % band of the forecast, requests per second, low and high.',
    labels: ['horizon', 'limit'],
  },
  brainForecasts: {
    name: 'atlas_brain_forecasts_total',
    kind: 'counter',
    help: 'Forecasts whose minute has come, by where its rate lay: below, within or above the 80 % band that was told.',
    labels: ['horizon', 'came'],
  },
  brainTrust: {
    name: 'atlas_brain_trust',
    kind: 'gauge',
    help: 'Trust in the table and in each advisor, 0 to 1, in sum 1.',
    labels: ['advisor'],
  },
  brainAdvice: {
    name: 'atlas_brain_advice_total',
    kind: 'counter',
    help: 'Answers of advisors, by whether they were advice or silence.',
    labels: ['advisor', 'answer'],
  },
  brainGuardrailBreaks: {
    name: 'atlas_brain_guardrail_breaks_total',
    kind: 'counter',
    help: 'Proposals that broke a guardrail, by what became of them.',
    labels: ['outcome'],
  },
  eventLoopDelay: {
    name: 'atlas_event_loop_delay_seconds',
    kind: 'gauge',
    help: 'Event-loop delay since the previous scrape, or that before when it was less than a second ago (p50, p99, max).',
    labels: ['quantile'],
  },
  residentMemory: {
    name: 'process_resident_memory_bytes',
    kind: 'gauge',
    help: 'Resident memory of the process.',
    labels: [],
  },
  heapUsed: {
    name: 'nodejs_heap_size_used_bytes',
    kind: 'gauge',
    help: 'Used part of the V8 heap.',
    labels: [],
  },
  cpuSeconds: {
    name: 'process_cpu_seconds_total',
    kind: 'counter',
    help: 'User and system CPU time of the process.',
    labels: [],
  },
  networkIo: {
    name: 'process_network_io_bytes_total',
    kind: 'counter',
    help: 'Bytes over all sockets of the process.',
    labels: ['direction'],
  },
  diskIo: {
    name: 'process_disk_io_bytes_total',
    kind: 'counter',
    help: 'Bytes of the process from and to disks; absent where the system does not tell.',
    labels: ['direction'],
  },
  startTime: {
    name: 'process_start_time_seconds',
    kind: 'gauge',
    help: 'Start of the process, seconds since 1970.',
    labels: [],
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricKey = keyof typeof METRICS;
