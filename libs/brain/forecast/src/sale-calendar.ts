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
