import { Cents, Currency, Id, MAX_QUANTITY, OrderId, ProductId } from '@atlas/catalog-contract';
import { defineContract, operation } from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { COUNTRIES } from './countries.ts';
import { OrderPaid, ShipmentCreated } from './cart.events.ts';

export const CartId = Id;
export const SessionId = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });

export const CartView = Type.Object(
  {
    id: CartId,
    items: Type.Array(Type.Object({ productId: ProductId, quantity: Type.Integer(), priceCents: Cents })),
    totalCents: Cents,
    currency: Currency,
    /** Rises with every change. */
    version: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);

/**
 * No control characters: they cannot be printed on a label. Halves of surrogate pairs are the edge's to refuse, in all
 * texts: a pattern that does is read differently by every language's regular expressions.
 */
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f';
const PRINTABLE = `^[^${CONTROL}]*$`;

/** What else `trim` takes away, one by one: `\s`, too, is read differently by every language. */
const BLANK = ' \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
const SAYING = `^[${BLANK}]*[^${BLANK}${CONTROL}][^${CONTROL}]*$`;

/** A line of a label that says something. */
const line = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: SAYING });

export const Address = Type.Object(
  {
    name: line(100),
    line1: line(200),
    line2: Type.Optional(Type.String({ maxLength: 200, pattern: PRINTABLE })),
    city: line(100),
    postcode: line(20),
    country: Type.String({ pattern: `^(?:${COUNTRIES.join('|')})$`, description: 'ISO 3166-1 alpha-2' }),
  },
  { additionalProperties: false },
);

export const ORDER_STATUSES = ['pending', 'payment_pending', 'paid', 'shipped', 'cancelled'] as const;

const OrderStatus = Type.Union(ORDER_STATUSES.map((status) => Type.Literal(status)));

export const OrderView = Type.Object(
  {
    id: OrderId,
    status: OrderStatus,
    lines: Type.Array(Type.Object({ productId: ProductId, quantity: Type.Integer(), priceCents: Cents })),
    totalCents: Cents,
    payment: Type.Object({
      status: Type.Union(['pending', 'captured', 'declined', 'voided'].map((status) => Type.Literal(status))),
      declineCode: Type.Union([Type.String(), Type.Null()]),
    }),
    shipment: Type.Union([
      Type.Object({ status: Type.Literal('created'), trackingNumber: Type.String() }),
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
);

/** Orders that a list holds, at most. */
export const MOST_LISTED = 20;

const owned = { sessionId: SessionId, cartId: CartId };

/** Carts, orders and the checkout saga. */
export const cartContract = defineContract('cart', {
  createCart: operation({
    kind: 'keyed',
    input: Type.Object({ sessionId: SessionId }, { additionalProperties: false }),
    output: CartView,
    errors: [],
    deadlineMs: 3_000,
  }),
  getCart: operation({
    kind: 'read',
    input: Type.Object(owned, { additionalProperties: false }),
    output: CartView,
    errors: ['cart_not_found'],
    deadlineMs: 3_000,
  }),
  /** Sets a line's quantity; 0 removes it. Prices are the catalogue's at that moment. */
  setItem: operation({
    kind: 'keyed',
    input: Type.Object(
      { ...owned, productId: ProductId, quantity: Type.Integer({ minimum: 0, maximum: MAX_QUANTITY }) },
      { additionalProperties: false },
    ),
    output: CartView,
    errors: [
      'cart_not_found',
      'product_not_found',
      'out_of_stock',
      'cart_full',
      'in_progress',
      'key_conflict',
    ],
    deadlineMs: 5_000,
  }),
  /**
   * Starts, joins or replays the checkout of one (cart, version). The key is the client's Idempotency-Key. One order of
   * a cart at a time: `in_progress` names the order whose outcome is not known, as `key_conflict` names the key's.
   */
  checkout: operation({
    kind: 'keyed',
    input: Type.Object(
      {
        ...owned,
        version: Type.Optional(Type.Integer({ minimum: 0 })),
        payment: Type.Object({ token: line(100) }, { additionalProperties: false }),
        address: Address,
      },
      { additionalProperties: false },
    ),
    output: Type.Object({
      orderId: OrderId,
      status: Type.Union([Type.Literal('paid'), Type.Literal('payment_pending')]),
      totalCents: Cents,
    }),
    errors: [
      'cart_not_found',
      'cart_empty',
      'cart_changed',
      'out_of_stock',
      'card_declined',
      'in_progress',
      'key_conflict',
    ],
    deadlineMs: 10_000,
  }),
  getOrder: operation({
    kind: 'read',
    input: Type.Object({ sessionId: SessionId, orderId: OrderId }, { additionalProperties: false }),
    output: OrderView,
    errors: ['order_not_found'],
    deadlineMs: 3_000,
  }),
  /** What the session has ordered, the newest first; `MOST_LISTED` at most. */
  listOrders: operation({
    kind: 'read',
    input: Type.Object({ sessionId: SessionId }, { additionalProperties: false }),
    output: Type.Object(
      {
        orders: Type.Array(
          Type.Object(
            {
              id: OrderId,
              status: OrderStatus,
              totalCents: Cents,
              orderedAt: Type.String({ description: 'RFC 3339, UTC' }),
            },
            { additionalProperties: false },
          ),
          { maxItems: MOST_LISTED },
        ),
      },
      { additionalProperties: false },
    ),
    errors: [],
    deadlineMs: 3_000,
  }),
  /** Takes up sagas whose root's deadline plus grace has passed, and drives each to a definite end. */
  recoverCheckouts: operation({
    kind: 'keyed',
    input: Type.Object({}, { additionalProperties: false }),
    output: Type.Object({ recovered: Type.Integer(), open: Type.Integer() }),
    errors: [],
    deadlineMs: 10_000,
    trigger: { everyMs: 1_000 },
  }),
  /** Marks the order shipped. */
  applyShipmentCreated: operation({
    kind: 'keyed',
    input: ShipmentCreated,
    output: Type.Object({ applied: Type.Union(['applied', 'skipped', 'gap'].map((a) => Type.Literal(a))) }),
    errors: [],
    deadlineMs: 5_000,
    trigger: { event: 'shipment.created' },
  }),
});

export { OrderPaid, ShipmentCreated };
