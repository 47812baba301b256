/** What the contenders of `tight` do: a page's worth of calls over four operations, each awaited before the next. */

export interface PageInput {
  readonly id: string;
}

export interface PageOutput {
  readonly id: string;
  readonly stock: number;
}

/** A caller's side: four operations, as code that makes these calls would hold them. */
export interface Page<C> {
  getProduct(input: PageInput, call: C): Promise<PageOutput>;
  getCart(input: PageInput, call: C): Promise<PageOutput>;
  getOrder(input: PageInput, call: C): Promise<PageOutput>;
  getShipment(input: PageInput, call: C): Promise<PageOutput>;
}

/** Handlers that answer at once, so that only the way to them is measured. */
const answer = { id: 'p-1', stock: 1 };
export const handlers = {
  getProduct: async (_input: PageInput, _call: unknown): Promise<PageOutput> => answer,
  getCart: async (_input: PageInput, _call: unknown): Promise<PageOutput> => answer,
  getOrder: async (_input: PageInput, _call: unknown): Promise<PageOutput> => answer,
  getShipment: async (_input: PageInput, _call: unknown): Promise<PageOutput> => answer,
};

export const CALLS_PER_PAGE = 4;
const input: PageInput = { id: 'p-1' };

/** `pages` times four calls. @returns calls that were answered. */
export async function servePages<C>(page: Page<C>, call: C, pages: number): Promise<number> {
  let answered = 0;
  for (let i = 0; i < pages; i++) {
    answered += (await page.getProduct(input, call)).stock;
    answered += (await page.getCart(input, call)).stock;
    answered += (await page.getOrder(input, call)).stock;
    answered += (await page.getShipment(input, call)).stock;
  }
  return answered;
}

export interface TightQuestion {
  readonly forMs: number;
}

/** Repeats `some` (which tells how many calls it made) for a time. @returns nanoseconds per call. */
export async function nanosecondsPerCall(forMs: number, some: () => Promise<number>): Promise<number> {
  const startedAt = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < forMs) {
    calls += await some();
    elapsed = performance.now() - startedAt;
  }
  return (elapsed * 1e6) / calls;
}
