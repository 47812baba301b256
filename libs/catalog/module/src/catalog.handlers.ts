import { catalogContract } from '@atlas/catalog-contract';
import { implement, type ModuleImplementation } from '@atlas/coupling-runtime';
import { getProduct } from './application/get-product.ts';
import { listProducts } from './application/list-products.ts';
import { releaseStock } from './application/release-stock.ts';
import { reserveStock } from './application/reserve-stock.ts';
import type { ProductStore } from './ports/product-store.ts';
import type { StockLedger } from './ports/stock-ledger.ts';

/** The catalogue's operations over its two ports. */
export const catalogHandlers = (products: ProductStore, ledger: StockLedger): ModuleImplementation =>
  implement(catalogContract, {
    listProducts: (input, call) => listProducts(products, input, call),
    getProduct: (input, call) => getProduct(products, input, call),
    reserveStock: (input, call) => reserveStock(ledger, input, call),
    releaseStock: (input, call) => releaseStock(ledger, input, call),
  });
