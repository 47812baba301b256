/**
 * How many instances of each host are best when the placement is decided. Exact.
 *
 * I1  What a host uses up is convex in its instances: time and loss of a queue are, cost is a line. So one more instance
 *     where it helps most, as long as it helps, makes a sum least within a number of hosts (B. Fox, Discrete
 *     optimization via marginal analysis, Management Science 13, 1966). Where time and loss allow that, it is the answer;
 *     where even the least time or the least loss is too much, there is none.
 * I2  Else the counts are searched, by the bounds of each host alone.
 */

/** What is used up at least; time, loss and objective in shares of what the intent allows. */
export interface Least {
  readonly time: number;
  readonly loss: number;
  readonly hosts: number;
  readonly objective: number;
}

/** Of nothing. */
export const NOTHING: Least = { time: 0, loss: 0, hosts: 0, objective: 0 };

/** What one count of instances of a host uses up. */
export type Term = Least;

/** [host][count − 1] */
export type Hosts = readonly (readonly Term[])[];

export interface Judge {
  /** Hosts at most; those of the answer are judged all the same. */
  readonly mostHosts: number;
  /** Whether something that uses up at least this may be the answer. */
  readonly promises: (least: Least) => boolean;
  /** Called with ever better answers; the last one is the best. */
  readonly found: (counts: readonly number[], objective: number) => void;
}

const plus = (a: Least, b: Least): Least => ({
  time: a.time + b.time,
  loss: a.loss + b.loss,
  hosts: a.hosts + b.hosts,
  objective: a.objective + b.objective,
});

/** Each quantity's least, from different terms if need be. */
function leastOf(terms: readonly Term[]): Least {
  let [time, loss, hosts, objective] = [Infinity, Infinity, Infinity, Infinity];
  for (const term of terms) {
    if (term.time < time) time = term.time;
    if (term.loss < loss) loss = term.loss;
    if (term.hosts < hosts) hosts = term.hosts;
    if (term.objective < objective) objective = term.objective;
  }
  return { time, loss, hosts, objective };
}

/** [i]: the least that the hosts from the i-th on use up together. */
function leastFrom(hosts: Hosts): Least[] {
  const rest = [NOTHING];
  for (const terms of hosts.toReversed()) rest.push(plus(leastOf(terms), rest.at(-1) ?? NOTHING));
  return rest.reverse();
}

type Quantity = 'time' | 'loss' | 'objective';

/** What one more instance saves; what bears nothing yet saves all. */
function savingOf(terms: readonly Term[], count: number, of: Quantity): number {
  const [now, then] = [terms[count - 1]?.[of] ?? 0, terms[count]?.[of] ?? Infinity];
  if (count >= terms.length) return 0;
  return now === Infinity ? Infinity : now - then;
}

/** I1. The counts that make one quantity least. */
function marginal(hosts: Hosts, mostHosts: number, of: Quantity): number[] {
  const counts = hosts.map(() => 1);
  for (let used = counts.length; used < mostHosts; used += 1) {
    let [best, saving] = [-1, 0];
    hosts.forEach((terms, i) => {
      const saves = savingOf(terms, counts[i] ?? 1, of);
      if (saves > saving) [best, saving] = [i, saves];
    });
    if (best < 0) break;
    counts[best] = (counts[best] ?? 1) + 1;
  }
  return counts;
}

/** @param fixed what is used up whatever the counts are */
export function cheapestCounts(hosts: Hosts, fixed: Least, judge: Judge): void {
  const { mostHosts, promises, found } = judge;
  if (hosts.length > mostHosts) return;
  const sumOf = (counts: readonly number[]): Least =>
    hosts.reduce((sum, terms, i) => plus(sum, terms[(counts[i] ?? 1) - 1] ?? NOTHING), fixed);
  for (const quantity of ['objective', 'time', 'loss'] as const) {
    const counts = marginal(hosts, mostHosts, quantity);
    const sum = sumOf(counts);
    const least = { ...NOTHING, [quantity]: sum[quantity] };
    if (!promises(least)) return; // no counts use up less of it
    if (!promises(sum)) continue;
    found(counts, sum.objective);
    if (quantity === 'objective') return;
  }
  searchCounts(hosts, fixed, judge);
}

/** I2. */
function searchCounts(hosts: Hosts, fixed: Least, { promises, found }: Judge): void {
  const rest = leastFrom(hosts);
  const ranked = hosts.map((terms) => terms.toSorted((a, b) => a.objective - b.objective));
  const counts: number[] = [];
  const choose = (i: number, used: Least): void => {
    if (!promises(plus(used, rest[i] ?? NOTHING))) return;
    const terms = ranked[i];
    if (!terms) return found(counts, used.objective);
    for (const term of terms) {
      counts[i] = term.hosts;
      choose(i + 1, plus(used, term));
    }
  };
  choose(0, fixed);
}
