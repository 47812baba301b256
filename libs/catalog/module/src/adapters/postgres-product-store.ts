import type { Database, Statement } from '@atlas/platform-database';
import type { PageQuery, PlacedProduct, Product, ProductStore, Reader } from '../ports/product-store.ts';

type ProductRow = Product & { readonly position: number };

const SELECT = `SELECT id, name, description, price_cents AS "priceCents", currency, stock,
                       image_url AS "imageUrl", position FROM products`;
const PAGE: Statement = {
  name: 'products.page',
  text: `${SELECT} WHERE position > $1 ORDER BY position LIMIT $2`,
};
const SEARCH: Statement = {
  name: 'products.search',
  text: `${SELECT} WHERE position > $1
           AND search @@ (to_tsquery('english', $3) || to_tsquery('simple', $3))
         ORDER BY position LIMIT $2`,
};
const ONE: Statement = { name: 'products.one', text: `${SELECT} WHERE id = $1` };
const MANY: Statement = { name: 'products.many', text: `${SELECT} WHERE id = ANY($1::text[])` };

const place = ({ position, ...product }: ProductRow): PlacedProduct => ({ position, product });

export class PostgresProductStore implements ProductStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async page({ search, after, limit }: PageQuery, reader: Reader): Promise<readonly PlacedProduct[]> {
    const rows =
      search === undefined
        ? await this.#database.query<ProductRow>(reader, PAGE, [after, limit])
        : await this.#database.query<ProductRow>(reader, SEARCH, [after, limit, search]);
    return rows.map(place);
  }

  async byIds(ids: readonly string[], reader: Reader): Promise<readonly Product[]> {
    if (ids.length === 0) return [];
    const rows =
      ids.length === 1
        ? await this.#database.query<ProductRow>(reader, ONE, [ids[0]])
        : await this.#database.query<ProductRow>(reader, MANY, [ids]);
    return rows.map((row) => place(row).product);
  }
}
