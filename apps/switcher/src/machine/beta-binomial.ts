/** The tail of the beta-binomial distribution: a binomial test whose probability is itself only known from a sample. */

/** Lanczos approximation (g = 7), relative error below 1e-13 for x > 0.5. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

function logGamma(x: number): number {
  const z = x - 1;
  const base = z + 7.5;
  const sum = LANCZOS.reduce((acc, c, i) => (i === 0 ? c : acc + c / (z + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(base) - base + Math.log(sum);
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/** Terms that change the sum by less than this share end it. */
const NEGLIGIBLE = 1e-9;

/**
 * P(X ≥ k) for X ~ BetaBinomial(n, a, b): how probable `k` or more hits in `n` calls are when the share of hits is only
 * known as Beta(a, b). 1 when k is not above the expectation, where no test is needed.
 * @param a hits seen before, plus the prior's; above 0.5. @param b the others; above 0.5.
 */
export function upperTail(
  k: number,
  n: number,
  { a, b }: { readonly a: number; readonly b: number },
): number {
  if (k > n) return 0;
  if (k <= (n * a) / (a + b)) return 1;
  let term = Math.exp(
    logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + logBeta(k + a, n - k + b) - logBeta(a, b),
  );
  let sum = term;
  for (let i = k; i < n && term > sum * NEGLIGIBLE; i += 1) {
    term *= ((n - i) * (i + a)) / ((i + 1) * (n - i - 1 + b));
    sum += term;
  }
  return Math.min(1, sum);
}
