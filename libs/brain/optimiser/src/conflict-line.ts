/** What an intent that no layout keeps means, in words for people. */
import { tightLayout } from '@atlas/control-layout';
import type { Conflict } from './optimise.ts';
import { predict, type Constraint, type Situation } from './predict.ts';

const UNITS: Record<Constraint, string> = {
  latency_p99_ms: 'ms',
  daily_cost_usd: 'USD a day',
  availability: '%',
  replicas: 'hosts',
};

const rounded = (value: number, digits: number): string => String(Number(value.toPrecision(digits)));

/** Of a double, which has no more. */
const MOST_DIGITS = 17;

/** A limit that is missed by little is not told as if it were reached. */
function apart(value: number, limit: number, fewest: number): string {
  let digits = fewest;
  while (digits < MOST_DIGITS && Number(rounded(value, digits)) === limit) digits += 1;
  return rounded(value, digits);
}

/** No layout takes less CPU than a tight one: if that fits the cores, processes are what is lacking. */
function lacking(situation: Situation): string {
  const { costs, site, rps } = situation;
  const { cpuS } = predict(tightLayout(Object.keys(costs.modules)), situation);
  return cpuS * rps < site.cores ? `more than ${site.mostInstances} instances of a host` : 'more cores';
}

/** What an operator can do about it. */
function remedyOf(conflicts: readonly Conflict[], situation: Situation): string {
  const { costs } = situation;
  const [first, ...more] = conflicts;
  if (more.length > 0) return 'ease one of them in the intent';
  if (first?.reachable === Infinity) return `it needs ${lacking(situation)}, whatever the intent`;
  const waitsMs = costs.tail * costs.waitMs;
  return first?.constraint === 'latency_p99_ms' && waitsMs >= first.limit
    ? `${rounded(waitsMs, 3)} ms of it are waits that no layout changes: look for what waits (database, disk, neighbours), or ease it in the intent`
    : 'ease it in the intent';
}

/** One line for people: what is in conflict, what could be reached instead, and what to do. */
export function conflictLine(conflicts: readonly Conflict[], situation: Situation): string {
  const parts = conflicts.map(({ constraint, limit, reachable: best }) => {
    const digits = constraint === 'availability' ? 5 : 3;
    const instead = Number.isFinite(best)
      ? `at best ${apart(best, limit, digits)} ${UNITS[constraint]}`
      : 'nothing does';
    return `${constraint} ${limit} (${instead})`;
  });
  const load = `${Math.round(situation.rps)} requests/s`;
  return `no layout keeps the intent under ${load}: ${parts.join(' against ')}; ${remedyOf(conflicts, situation)}`;
}
