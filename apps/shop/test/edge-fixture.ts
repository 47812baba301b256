import { cartContract } from '@atlas/cart-contract';
import { catalogContract } from '@atlas/catalog-contract';
import { BusinessError, PlatformError, type Call, type PlatformCode } from '@atlas/coupling-runtime';
import { createTestCoupling, fakeModule } from '@atlas/coupling-testkit';
import { createLogger, createMetrics } from '@atlas/platform-telemetry';
import { promisify } from 'node:util';
import { ConnectionSpread } from '../src/edge/connection-spread.ts';
import { EdgeAdapter } from '../src/edge/edge-adapter.ts';
import type { EdgeParts } from '../src/edge/edge-context.ts';
import { EdgeListener } from '../src/edge/edge-listener.ts';
import { mountEdge } from '../src/edge/edge.ts';
import { CommonHeaders } from '../src/edge/headers.ts';
import { RateLimiter } from '../src/edge/rate-limiter.ts';
import { SHOP_ROUTES } from '../src/edge/routes.ts';
import { Sessions } from '../src/edge/sessions.ts';

export const MUG = {
  id: 'blue-mug',
  name: 'Blue mug',
  description: 'Holds tea.',
  priceCents: 1250,
  currency: 'EUR' as const,
  stock: 7,
  imageUrl: '/images/blue-mug.svg',
};
const EMPTY = { id: 'cart-1', items: [], totalCents: 0, currency: 'EUR' as const, version: 0 };
const PAID = { orderId: 'order-1', status: 'paid' as const, totalCents: 1250 };

/** What the fake modules were asked, oldest first. */
export interface Asked {
  readonly operation: string;
  readonly input: unknown;
  readonly key: string | undefined;
  readonly rootId: string;
  readonly traceparent: string;
}

export interface EdgeFixture {
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  readonly logged: string[];
  readonly sessions: Sessions;
  readonly listener: EdgeListener;
  readonly openRoots: () => number;
  /** That clients hold open. */
  connections(): Promise<number>;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Headers of a new session. */
  session(): { authorization: string };
  close(): Promise<void>;
}

/** Card tokens and product ids that make the fakes fail: `business:CODE`, `platform:CODE`, `defect`. */
function fail(wish: string): void {
  const [kind, code = ''] = wish.split(/:|--/);
  if (kind === 'business') throw new BusinessError(code.replaceAll('-', '_'));
  if (kind === 'platform') throw new PlatformError(code as PlatformCode, 'told to', { retryAfterMs: 2_500 });
  if (kind === 'defect') throw new Error('password=hunter2');
}

function fakes(asked: Asked[], hold: () => Promise<void>) {
  const note = (operation: string, input: unknown, call: Call): void => {
    const { key, rootId, traceparent } = call;
    asked.push({ operation, input, key, rootId, traceparent });
  };
  const catalog = fakeModule(catalogContract, {
    async listProducts(input, call) {
      note('listProducts', input, call);
      if (input.cursor === 'stale') throw new BusinessError('bad_cursor');
      return { items: [MUG], nextCursor: null };
    },
    async getProduct(input, call) {
      note('getProduct', input, call);
      await hold();
      if (input.id !== MUG.id) throw new BusinessError('product_not_found');
      return MUG;
    },
  });
  const cart = fakeModule(cartContract, {
    async createCart(input, call) {
      note('createCart', input, call);
      return EMPTY;
    },
    async getCart(input, call) {
      note('getCart', input, call);
      if (input.cartId !== EMPTY.id) throw new BusinessError('cart_not_found');
      return EMPTY;
    },
    async setItem(input, call) {
      note('setItem', input, call);
      fail(input.productId);
      return { ...EMPTY, version: 1 };
    },
    async checkout(input, call) {
      note('checkout', input, call);
      fail(input.payment.token);
      return input.payment.token === 'tok_timeout' ? { ...PAID, status: 'payment_pending' } : PAID;
    },
    async listOrders(input, call) {
      note('listOrders', input, call);
      return {
        orders: [{ id: 'order-1', status: 'paid', totalCents: 100, orderedAt: '2026-01-02T03:04:05.678Z' }],
      };
    },
    async getOrder(input, call) {
      note('getOrder', input, call);
      throw new BusinessError('order_not_found', undefined, { orderId: input.orderId });
    },
  });
  return [catalog, cart];
}

export interface FixtureOptions {
  /** Of buckets whose clock stands still: exactly so many requests pass. */
  readonly limits?: { session: number; address: number };
  readonly storefront?: string;
  /** A single bundle's by default. */
  readonly spread?: ConnectionSpread;
  readonly ready?: () => boolean;
  /** Awaited by every `getProduct`. */
  readonly hold?: () => Promise<void>;
  /** Silence after which a connection is given up, ms. */
  readonly silentMs?: number;
}

/** The whole edge over fake modules, on a port of its own. */
export async function startEdge(options: FixtureOptions = {}): Promise<EdgeFixture> {
  const asked: Asked[] = [];
  const logged: string[] = [];
  const coupling = createTestCoupling({ modules: fakes(asked, options.hold ?? (() => Promise.resolve())) });
  const sessions = new Sessions('a secret for tests only');
  const shape = { current: () => ({ epoch: 41, mode: 'tight' }) };
  let open = 0;
  const counted: EdgeParts['coupling'] = {
    client: (contract) => coupling.client(contract),
    admit(spec) {
      const admission = coupling.admit(spec);
      open += 1;
      let ended = false;
      return {
        ...admission,
        end() {
          if (!ended) open -= 1;
          ended = true;
          admission.end();
        },
      };
    },
  };
  const metrics = createMetrics();
  const adapter = new EdgeAdapter(shape, metrics, options.silentMs);
  const instance = adapter.getInstance();
  const listener = new EdgeListener(instance.server);
  const { session, address } = options.limits ?? { session: 1_000_000, address: 1_000_000 };
  const limiterOf = (burst: number) => new RateLimiter({ perSecond: 1, burst }, () => 0);
  await mountEdge(instance, {
    coupling: counted,
    shape,
    headers: new CommonHeaders(),
    sessions,
    limits: {
      session: limiterOf(session),
      address: limiterOf(address),
    },
    metrics,
    logger: createLogger({
      instance: 'shop-0',
      level: 'warn',
      destination: { write: (line) => void logged.push(line) },
    }),
    routes: SHOP_ROUTES,
    storefront: options.storefront,
    spread: options.spread ?? new ConnectionSpread(() => 1),
    ready: options.ready ?? (() => true),
    retiring: () => listener.retiring,
  });
  await instance.ready();
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    asked,
    logged,
    sessions,
    listener,
    openRoots: () => open,
    connections: () => promisify(instance.server.getConnections.bind(instance.server))(),
    request: (path, init) => fetch(url + path, init),
    session: () => ({ authorization: `Bearer ${sessions.issue().token}` }),
    async close() {
      instance.server.closeAllConnections();
      await instance.close();
      metrics.close();
      await coupling.close();
    },
  };
}

export const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

export const ADDRESS = { name: 'Ada', line1: 'Main St 1', city: 'Bonn', postcode: '53111', country: 'DE' };
export const checkoutBody = (token: string, more: object = {}): object => ({
  payment: { token },
  address: ADDRESS,
  ...more,
});
