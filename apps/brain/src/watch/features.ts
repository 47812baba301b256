/** The signals of a second, from what the collector saw. Ratios are looked at as logarithms: twice as slow is twice as slow. */
import type { Features, Signal } from '@atlas/brain-anomaly';
import type { Answers, Summary } from '@atlas/brain-collector';

/** Fewer answers per second say nothing of latency or cost. */
const LEAST_RPS = 5;
/** Deviations that count at the most (A1 of the detector). */
const MOST = 8;

/** Of answers, with some that are good: one error in a quiet second is no catastrophe. */
const errors = (of: string, { rps, serverErrors }: Answers): Signal => ({
  ...{ kind: 'errors', of, floor: 0.01, most: 2 * MOST },
  value: serverErrors / (rps + LEAST_RPS),
});

/** Share of what arrived that nobody has answered yet: what stands still makes no errors, and no slow answers. */
const unanswered = (of: string, { arrivals, rps }: Answers): Signal => ({
  ...{ kind: 'requests without an answer', of, floor: 0.1, most: MOST },
  value: Math.max(0, arrivals - rps) / (arrivals + LEAST_RPS),
});

function latency(of: string, { rps, p95 }: Answers): Signal[] {
  if (p95 === null || p95 <= 0 || rps < LEAST_RPS) return [];
  return [{ kind: 'latency', of, value: Math.log(p95), floor: 0.35, most: MOST }];
}

const level = (kind: string, of: string, value: number): Signal => ({
  ...{ kind, of, floor: 0.7, most: MOST },
  value: Math.log1p(value),
});

function cost({ answers: { rps }, hosts }: Summary): Signal[] {
  const cpu = Object.values(hosts).reduce((sum, host) => sum + host.cpu, 0);
  if (rps < LEAST_RPS || cpu <= 0) return [];
  return [{ kind: 'CPU per answer', of: '', value: Math.log(cpu / rps), floor: 0.35, most: MOST }];
}

/** Undefined when the second was not wholly seen: a host that is missing, or a word of it that was not believed. */
export function featuresOf(second: Summary): Features | undefined {
  if (second.covered < 1 || second.flaws.length > 0) return undefined;
  const modules = Object.entries(second.modules);
  return {
    rps: second.answers.arrivals,
    signals: [
      errors('', second.answers),
      ...cost(second),
      ...modules.flatMap(([of, module]) => [
        errors(of, module),
        unanswered(of, module),
        ...latency(of, module),
        level('callers waiting for the database', of, module.poolQueue),
        ...(module.logLagS === null ? [] : [level('lag of the event log', of, module.logLagS)]),
      ]),
      ...Object.entries(second.hosts).map(([of, host]) =>
        level('event-loop delay', of, host.loopDelayMs / 10),
      ),
    ],
  };
}
