import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../src/api/request.ts';
import type { Cart } from '../src/api/types.ts';
import { CartModel, withWishes, type CartShop } from '../src/cart-model.ts';

const empty: Cart = { id: 'c1', items: [], totalCents: 0, currency: 'EUR', version: 0 };
const mug = { productId: 'mug', name: 'Mug', priceCents: 500 };

/** A shop with one cart that answers when told to, and refuses more than `stock` of anything. */
function shopWith(stock: number) {
  let cart = empty;
  const sent: number[] = [];
  const waiting: (() => void)[] = [];
  const shop: CartShop = {
    load: () => Promise.resolve(cart),
    setQuantity: async (_cart, productId, quantity) => {
      sent.push(quantity);
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (quantity > stock) throw new Problem(409, 'out_of_stock', '');
      return (cart = withWishes(cart, [{ ...mug, productId, quantity }]));
    },
  };
  const answer = async (): Promise<void> => {
    for (let turns = 0; waiting.length === 0 && turns < 50; turns += 1) await Promise.resolve();
    waiting.shift()?.();
  };
  return { shop, sent, answer, held: () => cart };
}

test('C1: a wish shows before the shop has answered', async () => {
  const { shop, answer } = shopWith(9);
  const model = new CartModel(shop);
  await model.reload();
  const done = model.add(mug);
  expect(model.view()).toMatchObject({ busy: true, notice: 'Mug: 1 in your cart' });
  expect(model.view().cart?.totalCents).toBe(500);
  await answer();
  await done;
  expect(model.view()).toMatchObject({ busy: false, cart: { totalCents: 500 } });
});

test('C2: quick presses add up, and only the newest of those that wait is sent', async () => {
  const { shop, sent, answer, held } = shopWith(9);
  const model = new CartModel(shop);
  await model.reload();
  const done = [model.add(mug), model.add(mug), model.add(mug), model.add(mug)].at(-1);
  expect(model.view().cart?.items[0]?.quantity).toBe(4);
  await answer();
  await answer();
  await done;
  expect(sent.length).toBeLessThanOrEqual(2);
  expect(held().items[0]?.quantity).toBe(4);
});

test('C3: a refused wish is taken back with a friendly word, and others still go through', async () => {
  const { shop, answer } = shopWith(1);
  const model = new CartModel(shop);
  await model.reload();
  void model.want({ ...mug, quantity: 5 });
  const done = model.want({ ...mug, productId: 'pot', name: 'Pot', quantity: 1 });
  expect(model.view().cart?.items).toHaveLength(2);
  await answer();
  await answer();
  await done;
  expect(model.view()).toMatchObject({ busy: false, refused: true });
  expect(model.view().notice).toContain('there are no more of Mug');
  expect(model.view().cart?.items.map((line) => line.productId)).toEqual(['pot']);
});

test('C2: a newer wish outlives the refusal of the one before it', async () => {
  const { shop, sent, answer, held } = shopWith(3);
  const model = new CartModel(shop);
  await model.reload();
  void model.want({ ...mug, quantity: 5 });
  const done = model.want({ ...mug, quantity: 2 });
  await answer();
  await answer();
  await done;
  expect(sent).toEqual([5, 2]);
  expect(held().items[0]?.quantity).toBe(2);
  expect(model.view()).toMatchObject({ busy: false, refused: false, notice: 'Mug: 2 in your cart' });
});

/** A cart with five mugs, of which the shop has `stock` left. */
async function fiveMugs(stock: number) {
  const sent: number[] = [];
  let cart = withWishes(empty, [{ ...mug, quantity: 5 }]);
  const model = new CartModel({
    load: () => Promise.resolve(cart),
    setQuantity: (_id, productId, quantity) => {
      sent.push(quantity);
      if (quantity > stock) return Promise.reject(new Problem(409, 'out_of_stock', '', { stock }));
      cart = { ...withWishes(cart, [{ ...mug, productId, quantity }]), version: cart.version + 1 };
      return Promise.resolve(cart);
    },
  });
  await model.reload();
  return { model, sent };
}

test('C7: one less of what the shop has even less of leads to all there are', async () => {
  const { model, sent } = await fiveMugs(2);
  await model.want({ ...mug, quantity: 4 });
  expect(sent).toEqual([4, 2]);
  expect(model.view()).toMatchObject({ busy: false, cart: { items: [{ quantity: 2 }] } });
  expect(model.view().notice).toContain('there are only 2 of Mug');
});

test.each([
  [0, 4],
  [2, 6],
])('C7: with %i left, a wish for %i of the five changes nothing', async (stock, quantity) => {
  const { model, sent } = await fiveMugs(stock);
  await model.want({ ...mug, quantity });
  expect(sent).toEqual([quantity]);
  expect(model.view()).toMatchObject({ busy: false, refused: true, cart: { items: [{ quantity: 5 }] } });
});

test('C4: an answer that a newer one has overtaken takes nothing away', async () => {
  const late = Promise.withResolvers<Cart>();
  const carts = [Promise.resolve(empty), late.promise];
  const model = new CartModel({
    load: () => carts.shift() ?? Promise.reject(new Error('asked too often')),
    setQuantity: (_cart, productId, quantity) =>
      Promise.resolve({ ...withWishes(empty, [{ ...mug, productId, quantity }]), version: 1 }),
  });
  await model.reload();
  const reloaded = model.reload();
  await model.add(mug);
  late.resolve(empty);
  await reloaded;
  expect(model.view().cart?.items).toHaveLength(1);
});

test('a first wish waits for the cart that is on its way, and makes no second one', async () => {
  const made = Promise.withResolvers<Cart>();
  let loads = 0;
  const model = new CartModel({
    load: () => {
      loads += 1;
      return made.promise;
    },
    setQuantity: (id, productId, quantity) =>
      Promise.resolve({ ...withWishes(empty, [{ ...mug, productId, quantity }]), id, version: 1 }),
  });
  const loaded = model.reload();
  const wished = model.add(mug);
  made.resolve(empty);
  await Promise.all([loaded, wished]);
  expect(loads).toBe(1);
  expect(model.view().cart).toMatchObject({ id: 'c1', items: [{ quantity: 1 }] });
});

/** A shop whose cart, already filled, comes when the test lets it. */
function slowShop(filled: Cart) {
  const first = Promise.withResolvers<Cart>();
  const sent: number[] = [];
  let cart = filled;
  const model = new CartModel({
    load: () => first.promise,
    setQuantity: (_id, productId, quantity) => {
      sent.push(quantity);
      cart = { ...withWishes(cart, [{ ...mug, productId, quantity }]), version: cart.version + 1 };
      return Promise.resolve(cart);
    },
  });
  return { model, sent, answer: () => first.resolve(filled) };
}
const pot = { productId: 'pot', quantity: 1, priceCents: 900 };
const filled: Cart = withWishes({ ...empty, items: [pot] }, [{ ...mug, quantity: 2 }]);

test('C5: what is added before the cart is known comes on top of what the cart holds', async () => {
  const { model, sent, answer } = slowShop(filled);
  const loaded = model.reload();
  void model.add(mug);
  const wished = model.add(mug);
  expect(model.view()).toMatchObject({ notice: 'Mug: 2 in your cart' });
  answer();
  await Promise.all([loaded, wished]);
  expect(sent).toEqual([4]);
  expect(model.view()).toMatchObject({ busy: false, notice: 'Mug: 4 in your cart' });
  expect(model.view().cart?.items.map(({ quantity }) => quantity)).toEqual([1, 4]);
});

test('C5: what is taken out again before the cart is known is out', async () => {
  const { model, sent, answer } = slowShop(filled);
  void model.add(mug);
  const wished = model.want({ ...mug, quantity: 0 });
  answer();
  await wished;
  expect(sent).toEqual([0]);
  expect(model.view().cart?.items).toEqual([pot]);
});

test('C6: a wish outlives a cart that is gone', async () => {
  const carts = [
    { ...empty, id: 'old' },
    { ...empty, id: 'new' },
  ];
  const model = new CartModel({
    load: () => Promise.resolve(carts.shift() ?? empty),
    setQuantity: (id, productId, quantity) =>
      id === 'old'
        ? Promise.reject(new Problem(404, 'cart_not_found', ''))
        : Promise.resolve({ ...withWishes(empty, [{ ...mug, productId, quantity }]), id, version: 1 }),
  });
  await model.reload();
  await model.add(mug);
  expect(model.view()).toMatchObject({ refused: false, cart: { id: 'new', items: [{ quantity: 1 }] } });
});

test('C6: a cart that stays unknown takes no wish, and asks no more', async () => {
  let asked = 0;
  const model = new CartModel({
    load: () => Promise.resolve(empty),
    setQuantity: () => {
      asked += 1;
      return Promise.reject(new Problem(404, 'cart_not_found', ''));
    },
  });
  await model.reload();
  await model.add(mug);
  expect(asked).toBe(1);
  expect(model.view()).toMatchObject({ busy: false, refused: true, cart: { items: [] } });
});

test('a cart is agreed on once its wishes are confirmed, but not when the shop refused what was shown', async () => {
  const { shop, answer, held } = shopWith(3);
  const model = new CartModel(shop);
  await model.reload();
  const agreedOn = async (quantity: number): Promise<Cart | undefined> => {
    void model.want({ ...mug, quantity });
    const shown = model.view().cart ?? empty;
    const agreed = model.agreed(shown);
    await answer();
    return agreed;
  };
  expect(await agreedOn(2)).toEqual(held());
  expect(await agreedOn(5)).toBeUndefined();
  expect(model.view().cart?.items[0]?.quantity).toBe(2);
});

test('a full cart is said to be full', async () => {
  const full = new Problem(409, 'cart_full', '');
  const model = new CartModel({
    load: () => Promise.resolve(empty),
    setQuantity: () => Promise.reject(full),
  });
  await model.add(mug);
  expect(model.view().notice).toContain('full');
});

test('a wish in a browser that keeps nothing says what to do about it', async () => {
  const model = new CartModel({
    load: () => Promise.reject(new Problem(0, 'nothing_kept', '')),
    setQuantity: () => expect.unreachable('there is no cart'),
  });
  await model.add(mug);
  expect(model.view()).toMatchObject({ refused: true, notice: expect.stringContaining('allow') });
});

test('a cart that the shop does not tell is told as failed, until it is', async () => {
  const answers = [Promise.reject(new Problem(503, 'unavailable', '')), Promise.resolve(empty)];
  const model = new CartModel({
    load: () => answers.shift() ?? Promise.resolve(empty),
    setQuantity: () => Promise.resolve(empty),
  });
  await model.reload();
  expect(model.view()).toMatchObject({ cart: undefined, failed: { code: 'unavailable' } });
  await model.reload();
  expect(model.view()).toMatchObject({ cart: empty, failed: undefined });
});

test('the shown total is always that of the shown lines, and no line is empty', () => {
  const wish = fc.record({
    productId: fc.constantFrom('a', 'b', 'c'),
    name: fc.constant('x'),
    priceCents: fc.nat(10_000),
    quantity: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(wish), (wishes) => {
      const cart = withWishes(empty, wishes);
      expect(cart.items.every(({ quantity }) => quantity > 0)).toBe(true);
      expect(cart.totalCents).toBe(
        cart.items.reduce((sum, line) => sum + line.priceCents * line.quantity, 0),
      );
    }),
  );
});
