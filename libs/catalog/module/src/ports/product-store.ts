import type { catalogContract } from '@atlas/catalog-contract';
import type { Call, OutputOf } from '@atlas/coupling-runtime';

export type Product = OutputOf<(typeof catalogContract)['operations']['getProduct']>;

/** A product at its place in the catalogue's fixed order. */
export interface PlacedProduct {
  readonly position: number;
  readonly product: Product;
}

export interface PageQuery {
  /** A `tsquery` (`searchQuery`); undefined: all products. */
  readonly search: string | undefined;
  /** −1: from the start. */
  readonly after: number;
  readonly limit: number;
}

/** On whose behalf a read is done. */
export type Reader = Pick<Call, 'epoch' | 'deadlineAt'>;

/** Reading products. Stock may be a moment old. */
export interface ProductStore {
  /** Ascending by position. */
  page(query: PageQuery, reader: Reader): Promise<readonly PlacedProduct[]>;
  /** Undefined: there is none. */
  byId(id: string, reader: Reader): Promise<Product | undefined>;
}
