import type { Client } from 'pg';
import { shopSeed } from './shop-seed.ts';

export interface CatalogSeed {
  /** How many products; 1 to `MOST_SEED_PRODUCTS`. */
  readonly products: number;
  /** The same seed makes the same catalogue. */
  readonly seed: number;
}

const INSERT = `
  INSERT INTO catalog.products
    (id, position, name, description, category, price_cents, currency, image_url, stock, initial_stock)
  SELECT s.id, s.position, s.name, s.description, s.category, s."priceCents", s.currency, s."imageUrl",
         s."initialStock", s."initialStock"
  FROM jsonb_to_recordset($1::jsonb) AS s (
    id text, position integer, name text, description text, category text, "priceCents" integer, currency text,
    "imageUrl" text, "initialStock" integer)
  WHERE NOT EXISTS (SELECT 1 FROM catalog.products)`;

/**
 * Fills an empty catalogue, and leaves one that has products alone: stock that was sold stays sold.
 * `client` may write the schema `catalog`. @returns how many products were added.
 */
export async function seedCatalog(client: Pick<Client, 'query'>, spec: CatalogSeed): Promise<number> {
  const products = shopSeed(spec.products, spec.seed);
  const { rowCount } = await client.query(INSERT, [JSON.stringify(products)]);
  return rowCount ?? 0;
}
