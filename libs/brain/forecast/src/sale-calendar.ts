/** Sales that are known before. The rate during one is its normal rate times a factor. */
export interface Sale {
  /** Minutes since 1970. */
  readonly fromMin: number;
  /** Minutes; > 0. */
  readonly lengthMin: number;
  /** > 0; 8: eight times the normal traffic. */
  readonly times: number;
}

/** The factor at a minute; sales that overlap do not multiply, the biggest change counts. 1 without a sale. */
export function saleFactor(sales: readonly Sale[], minute: number): number {
  const size = (times: number): number => Math.abs(Math.log(times));
  let factor = 1;
  for (const { fromMin, lengthMin, times } of sales) {
    const on = minute >= fromMin && minute < fromMin + lengthMin;
    if (on && size(times) > size(factor)) factor = times;
  }
  return factor;
}

/** The first minute from `from` to `to` of which two calendars may tell different things; undefined: there is none. */
export function firstChange(
  before: readonly Sale[],
  after: readonly Sale[],
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  const keyOf = ({ fromMin, lengthMin, times }: Sale): string => `${fromMin} ${lengthMin} ${times}`;
  const [had, has] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))];
  const begins = [...before, ...after]
    .filter((sale) => had.has(keyOf(sale)) !== has.has(keyOf(sale)))
    .filter(({ fromMin, lengthMin }) => fromMin <= to && fromMin + lengthMin > from)
    .map(({ fromMin }) => fromMin);
  return begins.length === 0 ? undefined : Math.max(from, Math.min(...begins));
}

export interface Seen {
  readonly minute: number;
  readonly rps: number;
}

/** Customers need so long to come, minutes. */
const COMING_MIN = 5;

/**
 * What a rate would be without the sales that are known. In a sale's first minutes it is between the rate as it is, for
 * nobody has come yet, and its share by the factor, for all are there: the one next to the usual is believed, or a sale
 * that only begins would look like one that is far smaller than announced.
 */
export function withoutSales(
  sales: readonly Sale[],
  { minute, rps }: Seen,
  usual: number | undefined,
): number {
  const share = rps / saleFactor(sales, minute);
  const coming = sales.some(({ fromMin }) => minute >= fromMin && minute < fromMin + COMING_MIN);
  if (!coming || usual === undefined) return share;
  return Math.min(Math.max(usual, Math.min(share, rps)), Math.max(share, rps));
}
