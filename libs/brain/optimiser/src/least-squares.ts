/** Least squares without negative answers, held to a prior where the data say little. */

export interface Row {
  /** One number per unknown, ≥ 0. */
  readonly features: ArrayLike<number>;
  readonly value: number;
}

/** Share of its own evidence with which the prior pulls at each unknown. */
const RIDGE = 1e-3;
const SWEEPS = 500;
const DONE = 1e-9;

/**
 * The x ≥ 0 that makes Σ (features · x − value)² + ridge least, the ridge being towards `prior`. Unknowns are measured in
 * units of their priors, so nothing depends on units. Coordinate descent: each step is exact for one unknown, and the sum
 * is strictly convex. What no row speaks of keeps its prior.
 * @param prior of each unknown, > 0
 */
export function leastSquares(rows: readonly Row[], prior: readonly number[]): number[] {
  const scaled = rows.map(({ features }) => prior.map((unit, i) => (features[i] ?? 0) * unit));
  const normal = prior.map((_, i) =>
    prior.map((__, j) => sumOf(scaled, (row) => (row[i] ?? 0) * (row[j] ?? 0))),
  );
  const right = prior.map((_, i) => sumOf(rows, ({ value }, r) => value * (scaled[r]?.[i] ?? 0)));
  const x = prior.map(() => 1);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) if (descend(x, normal, right) < DONE) break;
  return x.map((value, i) => value * (prior[i] ?? 0));
}

/** One round over all unknowns; returns the largest change. */
function descend(x: number[], normal: readonly (readonly number[])[], right: readonly number[]): number {
  let largest = 0;
  normal.forEach((row, i) => {
    const own = row[i] ?? 0;
    if (own === 0) return;
    const others = sumOf(row, (value, j) => (j === i ? 0 : value * (x[j] ?? 0)));
    const next = Math.max(0, ((right[i] ?? 0) - others + RIDGE * own) / (own + RIDGE * own));
    largest = Math.max(largest, Math.abs(next - (x[i] ?? 0)));
    x[i] = next;
  });
  return largest;
}

const sumOf = <T>(items: readonly T[], of: (item: T, index: number) => number): number =>
  items.reduce((sum, item, i) => sum + of(item, i), 0);
