/** Few enough to say how many. */
const LAST = 5;

/** What is said of a stock, and in which tone, to somebody who wants so many pieces of it. */
export function stockWord(stock: number, wanted = 1): { readonly text: string; readonly tone: string } {
  if (stock === 0) return { text: 'Sold out', tone: 'stock stock-none' };
  if (stock <= LAST || stock < wanted) return { text: `Only ${stock} left`, tone: 'stock stock-low' };
  return { text: 'In stock', tone: 'stock' };
}
