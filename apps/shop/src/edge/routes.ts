import { cartContract, MOST_LISTED } from '@atlas/cart-contract';
import { catalogContract } from '@atlas/catalog-contract';
import { expose, type EdgeRoute } from './route.ts';

const cartPath = '/api/carts/{id}';
const itemPath = `${cartPath}/items/{productId}`;
const item = { id: 'cartId', productId: 'productId' };

/** What can be asked about a cart, or an order, whose answer has just been read. */
const withCart = { id: 'id' };
const cartLinks = {
  'cart.getCart': withCart,
  'cart.setItem': withCart,
  'cart.setItem.delete': withCart,
  'cart.checkout': withCart,
};
const orderLinks = { 'cart.getOrder': { id: 'orderId' } };

/** Products that a page shows when the client does not say how many. */
const DEFAULT_LIMIT = 20;

/** The shop's public API over its contracts; sessions are the edge's own and not listed here. */
export const SHOP_ROUTES: readonly EdgeRoute[] = [
  expose(catalogContract, 'listProducts', {
    method: 'GET',
    path: '/api/products',
    summary: 'Products, searched by text, in pages',
    query: ['q', 'limit', 'cursor'],
    defaults: { limit: DEFAULT_LIMIT },
    success: { 200: 'One page of products; `nextCursor` is null at the end' },
  }),
  expose(catalogContract, 'getProduct', {
    method: 'GET',
    path: '/api/products/{id}',
    summary: 'One product',
    params: { id: 'id' },
    etag: true,
    success: { 200: 'The product; its stock may be one second old' },
  }),
  expose(cartContract, 'createCart', {
    method: 'POST',
    path: '/api/carts',
    summary: 'Open a cart',
    key: 'root',
    success: { 201: 'The new, empty cart' },
    leadsTo: cartLinks,
  }),
  expose(cartContract, 'getCart', {
    method: 'GET',
    path: cartPath,
    summary: 'One cart',
    params: { id: 'cartId' },
    success: { 200: 'The cart' },
  }),
  expose(cartContract, 'setItem', {
    method: 'PUT',
    path: itemPath,
    summary: 'Set the quantity of a product in the cart; 0 removes it',
    params: item,
    key: 'root',
    success: { 200: 'The cart afterwards' },
    leadsTo: cartLinks,
  }),
  expose(cartContract, 'setItem', {
    method: 'DELETE',
    path: itemPath,
    summary: 'Remove a product from the cart',
    params: item,
    fixed: { quantity: 0 },
    key: 'root',
    success: { 200: 'The cart afterwards' },
  }),
  expose(cartContract, 'checkout', {
    method: 'POST',
    path: `${cartPath}/checkout`,
    summary: 'Check the cart out; the same key gives the same answer',
    params: { id: 'cartId' },
    key: 'header',
    success: { 201: 'The order is paid', 202: 'The order is kept; the payment is not yet known' },
    statusOf: (output) => (output.status === 'paid' ? 201 : 202),
    leadsTo: orderLinks,
  }),
  expose(cartContract, 'listOrders', {
    method: 'GET',
    path: '/api/orders',
    summary: "The session's newest orders, the newest first",
    success: { 200: `At most ${MOST_LISTED} orders` },
  }),
  expose(cartContract, 'getOrder', {
    method: 'GET',
    path: '/api/orders/{id}',
    summary: 'One order',
    params: { id: 'orderId' },
    success: { 200: 'The order' },
  }),
];
