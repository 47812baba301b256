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

  async byId(id: string, reader: Reader): Promise<Product | undefined> {
    const [row] = await this.#database.query<ProductRow>(reader, ONE, [id]);
    return row && place(row).product;
  }
}
