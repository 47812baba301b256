/** Prepared SQL of the checkout. */
import type { Statement } from '@atlas/platform-database';
import { ORDER_COLUMNS } from './order-row.ts';

export const LOCK_CART: Statement = {
  name: 'cart.lock',
  text: 'SELECT id, items, version FROM carts WHERE id = $1 AND session_id = $2 FOR UPDATE',
};

export const SAVE_CART: Statement = {
  name: 'cart.save',
  text: 'UPDATE carts SET items = $2::jsonb, version = $3, updated_at = now() WHERE id = $1',
};

export const FIND_REQUEST: Statement = {
  name: 'checkout.find-request',
  text: `SELECT r.body_hash AS "bodyHash", ${ORDER_COLUMNS}
         FROM checkout_requests r JOIN orders o ON o.id = r.order_id WHERE r.session_id = $1 AND r.key = $2`,
};

/**
 * An order of an earlier version whose money is definitely not taken holds nothing up: only its stock is on its way.
 * Written so that the index of the cart's orders serves, and not that of all open ones, of which there may be thousands.
 */
export const FIND_LIVE: Statement = {
  name: 'checkout.find-live',
  text: `SELECT o.cart_version AS "cartVersion", o.details_hash AS "detailsHash", ${ORDER_COLUMNS}
         FROM carts c JOIN orders o ON o.cart_id = c.id AND o.status <> 'cancelled' AND o.saga_state <> 'paid'
           AND (o.cart_version = c.version OR o.saga_state <> 'releasing')
         WHERE c.id = $1 AND c.session_id = $2`,
};

/** Order, payment intent and key: all or none. */
export const BEGIN_ORDER: Statement = {
  name: 'checkout.begin-order',
  text: `WITH o AS (
           INSERT INTO orders (id, session_id, cart_id, cart_version, lines, total_cents, address, details_hash,
                               root_id, due_at, give_up_at)
           VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7::jsonb, $8,
                   $9, now() + $10 * interval '1 millisecond', now() + $11 * interval '1 millisecond')
         ), i AS (
           INSERT INTO payment_intents (order_id, amount_cents, token) VALUES ($1, $6, $12)
         )
         INSERT INTO checkout_requests (session_id, key, body_hash, order_id) VALUES ($2, $13, $14, $1)`,
};

export const BIND_REQUEST: Statement = {
  name: 'checkout.bind-request',
  text: 'INSERT INTO checkout_requests (session_id, key, body_hash, order_id) VALUES ($1, $2, $3, $4)',
};

export const LOAD: Statement = {
  name: 'checkout.load',
  text: `SELECT ${ORDER_COLUMNS} FROM orders o WHERE o.id = $1`,
};

export const TOKEN: Statement = {
  name: 'checkout.token',
  text: `SELECT token FROM payment_intents WHERE order_id = $1 AND status = 'pending'`,
};

/** Compare-and-set of one step; settles the payment intent with it when $7 says how. */
export const MOVE: Statement = {
  name: 'checkout.move',
  text: `WITH moved AS (
           UPDATE orders SET saga_state = $3, saga_version = saga_version + 1, status = COALESCE($4, status),
                  cancel_reason = $5, decline_code = $6, short_product_id = $8, updated_at = now()
           WHERE id = $1 AND saga_version = $2 RETURNING id
         ), settled AS (
           UPDATE payment_intents i SET status = $7, token = NULL, updated_at = now()
           FROM moved WHERE i.order_id = moved.id AND $7::text IS NOT NULL
         )
         SELECT id FROM moved`,
};

/** An order that is known to be refused does not become pending. */
export const HAND_OVER: Statement = {
  name: 'checkout.hand-over',
  text: `UPDATE orders SET status = CASE saga_state WHEN 'releasing' THEN status ELSE 'payment_pending' END, attempts = attempts + 1, saga_version = saga_version + 1,
                due_at = now() + $3 * interval '1 millisecond', updated_at = now()
         WHERE id = $1 AND saga_version = $2 RETURNING attempts, status`,
};

export const TAKE: Statement = {
  name: 'checkout.take',
  text: `UPDATE orders o SET root_id = $3, saga_version = saga_version + 1,
                due_at = now() + $4 * interval '1 millisecond', updated_at = now()
         WHERE id = $1 AND saga_version = $2 AND due_at <= now() RETURNING ${ORDER_COLUMNS}`,
};

export const TAKE_DUE: Statement = {
  name: 'checkout.take-due',
  text: `UPDATE orders o SET root_id = $2, saga_version = saga_version + 1,
                due_at = now() + $3 * interval '1 millisecond', updated_at = now()
         WHERE id IN (SELECT id FROM orders
                      WHERE status IN ('pending', 'payment_pending') AND due_at <= now()
                      ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING ${ORDER_COLUMNS}`,
};

export const COUNT_OPEN: Statement = {
  name: 'checkout.count-open',
  text: `SELECT count(*)::integer AS open FROM orders WHERE status IN ('pending', 'payment_pending')`,
};

/**
 * 48 hours are the life of a stored answer; the order itself stays. Read by the index and deleted by place, whatever the
 * planner believes: it knows the tables as they were hours ago, so that it takes thousands of keys for old that are
 * forgotten by now, and would look for the next 200 among all others. Were that to take longer than the two seconds of a
 * statement, nothing would be forgotten any more.
 */
export const FORGET_OLD_KEYS: Statement = {
  name: 'checkout.forget-old-keys',
  text: `WITH changes AS (
           DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '48 hours'
             ORDER BY created_at LIMIT 200))
         )
         DELETE FROM checkout_requests WHERE ctid = ANY (ARRAY(
           SELECT r.ctid FROM checkout_requests r JOIN orders o ON o.id = r.order_id
           WHERE r.created_at < now() - interval '48 hours' AND o.status NOT IN ('pending', 'payment_pending')
           ORDER BY r.created_at LIMIT 200))`,
};
