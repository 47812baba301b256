import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders with their sagas, payment intents and the clients' keys. */
export class Orders implements MigrationInterface {
  readonly name = 'Orders1764000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id text PRIMARY KEY,
        session_id text NOT NULL,
        cart_id text NOT NULL,
        cart_version integer NOT NULL,
        status text NOT NULL DEFAULT 'pending'
          CHECK (status IN ('pending', 'payment_pending', 'paid', 'shipped', 'cancelled')),
        lines jsonb NOT NULL,
        total_cents integer NOT NULL CHECK (total_cents >= 0),
        address jsonb NOT NULL,
        details_hash text NOT NULL,
        saga_state text NOT NULL DEFAULT 'reserving'
          CHECK (saga_state IN ('reserving', 'charging', 'voiding', 'releasing', 'paid', 'cancelled')),
        saga_version integer NOT NULL DEFAULT 1,
        cancel_reason text CHECK (cancel_reason IN ('out_of_stock', 'declined', 'given_up')),
        decline_code text,
        root_id text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL,
        give_up_at timestamptz NOT NULL,
        tracking_number text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((saga_state IN ('releasing', 'cancelled')) = (cancel_reason IS NOT NULL)),
        CHECK ((saga_state = 'paid') = (status IN ('paid', 'shipped'))),
        CHECK ((saga_state = 'cancelled') = (status = 'cancelled'))
      ) WITH (fillfactor = 70)`);
    // One live order per (cart, version).
    await runner.query(`
      CREATE UNIQUE INDEX orders_live ON orders (cart_id, cart_version) WHERE status <> 'cancelled'`);
    await runner.query(`
      CREATE INDEX orders_open ON orders (due_at) WHERE status IN ('pending', 'payment_pending')`);
    await runner.query(`
      CREATE TABLE payment_intents (
        order_id text PRIMARY KEY REFERENCES orders (id),
        amount_cents integer NOT NULL CHECK (amount_cents >= 0),
        token text,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'captured', 'declined', 'voided')),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((status = 'pending') = (token IS NOT NULL))
      )`);
    await runner.query(`
      CREATE TABLE checkout_requests (
        session_id text NOT NULL,
        key text NOT NULL,
        body_hash text NOT NULL,
        order_id text NOT NULL REFERENCES orders (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT checkout_requests_pkey PRIMARY KEY (session_id, key)
      )`);
    await runner.query('CREATE INDEX checkout_requests_created_at ON checkout_requests (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE checkout_requests, payment_intents, orders');
  }
}
