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
  const { normal, right } = equationsOf(rows, prior);
  const x = prior.map(() => 1);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) if (descend(x, normal, right) < DONE) break;
  return x.map((value, i) => value * (prior[i] ?? 0));
}

/** The normal equations, row by row, what a row does not speak of left out: there may be thousands. */
function equationsOf(rows: readonly Row[], prior: readonly number[]) {
  const normal = prior.map(() => new Float64Array(prior.length));
  const right = new Float64Array(prior.length);
  for (const { features, value } of rows) {
    const scaled = Float64Array.from(prior, (unit, i) => (features[i] ?? 0) * unit);
    normal.forEach((line, i) => {
      const own = scaled[i] ?? 0;
      if (own === 0) return;
      right[i] = (right[i] ?? 0) + value * own;
      for (let j = 0; j < scaled.length; j += 1) line[j] = (line[j] ?? 0) + own * (scaled[j] ?? 0);
    });
  }
  return { normal, right };
}

/** One round over all unknowns; returns the largest change. */
function descend(x: number[], normal: readonly Float64Array[], right: Float64Array): number {
  let largest = 0;
  normal.forEach((row, i) => {
    const own = row[i] ?? 0;
    if (own === 0) return;
    const others = row.reduce((sum, value, j) => (j === i ? sum : sum + value * (x[j] ?? 0)), 0);
    const next = Math.max(0, ((right[i] ?? 0) - others + RIDGE * own) / (own + RIDGE * own));
    largest = Math.max(largest, Math.abs(next - (x[i] ?? 0)));
    x[i] = next;
  });
  return largest;
}
