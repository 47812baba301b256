import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What of a product can be found: word stems everywhere, and the words of name and category as they are. */
const SEARCH_TRIGGER = `
  CREATE FUNCTION products_search() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.search := to_tsvector('english', NEW.name || ' ' || NEW.category || ' ' || NEW.description)
               || to_tsvector('simple', NEW.name || ' ' || NEW.category);
    RETURN NEW;
  END $$;
  CREATE TRIGGER products_search BEFORE INSERT OR UPDATE OF name, category, description ON products
    FOR EACH ROW EXECUTE FUNCTION products_search()`;

/** Products and reservations. */
export class Catalog implements MigrationInterface {
  readonly name = 'Catalog1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE products (
        id text CONSTRAINT products_pkey PRIMARY KEY,
        position integer NOT NULL,
        name text NOT NULL,
        description text NOT NULL,
        category text NOT NULL,
        price_cents integer NOT NULL CONSTRAINT products_price_check CHECK (price_cents >= 0),
        currency text NOT NULL,
        image_url text NOT NULL,
        stock integer NOT NULL CONSTRAINT products_stock_check CHECK (stock >= 0),
        initial_stock integer NOT NULL,
        search tsvector
      ) WITH (fillfactor = 80)`);
    await runner.query('CREATE UNIQUE INDEX products_position ON products (position)');
    await runner.query(SEARCH_TRIGGER);
    await runner.query('CREATE INDEX products_search ON products USING gin (search)');
    await runner.query(`
      CREATE TABLE reservations (
        order_id text CONSTRAINT reservations_pkey PRIMARY KEY,
        state text NOT NULL
          CONSTRAINT reservations_state_check CHECK (state IN ('reserved', 'refused', 'released')),
        lines jsonb NOT NULL,
        refusal jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        settled_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE reservations, products');
    await runner.query('DROP FUNCTION products_search');
  }
}
