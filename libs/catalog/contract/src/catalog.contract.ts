import { defineContract, operation } from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';

/** Wider than the ids that are given out: what is written like an id, but is none, is not found rather than refused. */
export const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });
export const ProductId = Id;
/** As many pieces as a stock can be counted in; whether there are that many is the stock's to say. */
export const MAX_QUANTITY = 2_147_483_647;
export const Quantity = Type.Integer({ minimum: 1, maximum: MAX_QUANTITY });
export const Cents = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });
export const Currency = Type.Literal('EUR');
export const OrderId = Id;

export const Product = Type.Object(
  {
    id: ProductId,
    name: Type.String(),
    description: Type.String(),
    priceCents: Cents,
    currency: Currency,
    /** May be 1 s old. */
    stock: Type.Integer({ minimum: 0 }),
    imageUrl: Type.String(),
  },
  { additionalProperties: false },
);

const Lines = Type.Array(
  Type.Object({ productId: ProductId, quantity: Quantity }, { additionalProperties: false }),
  { minItems: 1, maxItems: 100 },
);

/** Products and their stock. Stock is the authority of this module: a conditional update, never below zero. */
export const catalogContract = defineContract('catalog', {
  listProducts: operation({
    kind: 'read',
    input: Type.Object(
      {
        q: Type.Optional(Type.String({ maxLength: 100 })),
        limit: Type.Integer({ minimum: 1, maximum: 100 }),
        cursor: Type.Optional(Type.String({ maxLength: 200 })),
      },
      { additionalProperties: false },
    ),
    output: Type.Object({ items: Type.Array(Product), nextCursor: Type.Union([Type.String(), Type.Null()]) }),
    errors: ['bad_cursor'],
    deadlineMs: 3_000,
  }),
  getProduct: operation({
    kind: 'read',
    input: Type.Object({ id: ProductId }, { additionalProperties: false }),
    output: Product,
    errors: ['product_not_found'],
    deadlineMs: 3_000,
  }),
  /** Takes the lines from stock for an order, all or none. Natural key: the order. Has no timer. */
  reserveStock: operation({
    kind: 'keyed',
    input: Type.Object({ orderId: OrderId, lines: Lines }, { additionalProperties: false }),
    output: Type.Object({ orderId: OrderId }),
    errors: ['out_of_stock', 'product_not_found', 'reservation_released'],
    deadlineMs: 3_000,
  }),
  /** Gives an order's stock back; without a reservation it leaves a tombstone that refuses a late one. */
  releaseStock: operation({
    kind: 'keyed',
    input: Type.Object({ orderId: OrderId }, { additionalProperties: false }),
    output: Type.Object({ orderId: OrderId }),
    errors: [],
    deadlineMs: 3_000,
  }),
});
