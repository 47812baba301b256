import type { BenchContext } from './bench.ts';

/**
 * Measures contenders in turn, A B C A B C, so that what the machine does meanwhile meets all of them. A first round
 * warms up and is dropped.
 * @returns each contender's values, one per round, in order.
 */
export async function inTurn<K extends string>(
  { rounds, signal }: Pick<BenchContext, 'rounds' | 'signal'>,
  contenders: Readonly<Record<K, () => Promise<number>>>,
): Promise<Record<K, number[]>> {
  const names = Object.keys(contenders) as K[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      signal.throwIfAborted();
      const value = await contenders[name]();
      if (round > 0) values[name].push(value);
    }
  }
  return values;
}
