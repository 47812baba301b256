/** Products of which there is exactly one, put in the catalogue's own table beside the seeded ones. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

const INSERT = `
  INSERT INTO catalog.products
    (id, position, name, description, category, price_cents, currency, image_url, stock, initial_stock)
  SELECT $1, max(position) + 1, 'The very last one', 'There is one of it.', 'rest', 1500, 'EUR', $2, 1, 1
  FROM catalog.products`;

/** @param postgresUrl - the superuser's. @returns the ids of new products with a stock of one. */
export async function lastItems(postgresUrl: string, count: number): Promise<readonly string[]> {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const ids = Array.from({ length: count }, () => `last-${randomUUID().slice(0, 8)}`);
    for (const id of ids) await client.query(INSERT, [id, `/images/${id}.svg`]);
    return ids;
  } finally {
    await client.end();
  }
}
