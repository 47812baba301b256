/** How many instances of each host are best when the placement is decided: exact, by the bounds of each host alone. */

/** What is used up at least; time, loss and objective in shares of what the intent allows. */
export interface Least {
  readonly time: number;
  readonly loss: number;
  readonly hosts: number;
  readonly objective: number;
}

/** What one count of instances of a host uses up. */
export type Term = Least;

/** [host][count − 1] */
export type Hosts = readonly (readonly Term[])[];

export interface Judge {
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

const NOTHING: Least = { time: 0, loss: 0, hosts: 0, objective: 0 };

/** @param fixed what is used up whatever the counts are */
export function cheapestCounts(hosts: Hosts, fixed: Least, { promises, found }: Judge): void {
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
