/** What the contenders of `rpc64` and `rpc1` send: one small JSON object each way. */

export interface RpcInput {
  readonly cartId: string;
  readonly productId: string;
  readonly quantity: number;
}

export interface RpcOutput {
  readonly id: string;
  readonly name: string;
  readonly priceCents: number;
  readonly currency: string;
  readonly stock: number;
}

const PRODUCT: RpcOutput = {
  id: 'p-0042',
  name: 'Enamel mug, midnight blue',
  priceCents: 1290,
  currency: 'EUR',
  stock: 117,
};

/** Every server's work: none, so that only the way to it is measured. */
export const serveProduct = async ({ productId, quantity }: RpcInput): Promise<RpcOutput> => ({
  ...PRODUCT,
  id: productId,
  stock: PRODUCT.stock - quantity,
});

const INPUT: RpcInput = { cartId: 'c-7f3a9c2e51d04b68', productId: 'p-0042', quantity: 2 };
const EXPECTED_STOCK = PRODUCT.stock - INPUT.quantity;

/** One call and its answer. */
export type Ask = (input: RpcInput) => Promise<RpcOutput>;

export interface RpcQuestion {
  readonly inFlight: number;
  readonly forMs: number;
}

/** Checks an answer that came over the wire. @throws Error */
function check(output: RpcOutput): void {
  if (output.stock !== EXPECTED_STOCK || output.id !== INPUT.productId) throw new Error('a wrong answer');
}

/** The clock is read each so many calls: a call that stays in its process leaves no turn to a timer. */
const LOOK_EVERY = 16;

/** Keeps `inFlight` calls open for a time. @returns calls per second that were answered rightly. */
export async function callsPerSecond(ask: Ask, { inFlight, forMs }: RpcQuestion): Promise<number> {
  let calls = 0;
  let over = false;
  const startedAt = performance.now();
  const lane = async (): Promise<void> => {
    while (!over) {
      check(await ask(INPUT));
      calls += 1;
      if (calls % LOOK_EVERY === 0) over ||= performance.now() - startedAt > forMs;
    }
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, lane));
  } finally {
    over = true;
  }
  return (calls * 1_000) / (performance.now() - startedAt);
}

/** One call after another for a time. @returns the time of each, in µs. */
export async function microseconds(ask: Ask, forMs: number): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + forMs;
  for (let before = performance.now(); before < until;) {
    check(await ask(INPUT));
    const after = performance.now();
    times.push((after - before) * 1_000);
    before = after;
  }
  return times;
}
