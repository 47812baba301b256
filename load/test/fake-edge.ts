/** A tiny shop that answers like the edge, in memory, with switchable faults. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeOrder {
  readonly totalCents: number;
  status: string;
  /** Questions about it until a pending order is paid. */
  asksLeft: number;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface FakeEdge {
  readonly url: string;
  /** Requests seen, as `METHOD /path`. */
  readonly seen: string[];
  readonly orders: ReadonlyMap<string, FakeOrder>;
  readonly connections: () => number;
  close(): Promise<void>;
}

export interface FakeEdgeOptions {
  readonly products?: number;
  readonly stock?: number;
  /** Milliseconds before the answer. */
  readonly delayMs?: (request: IncomingMessage) => number;
  /** Overrides the answer; `drop` cuts the connection. */
  readonly fault?: (request: IncomingMessage, nth: number) => Reply | 'drop' | undefined;
  /** Sends `Connection: close` with every answer. */
  readonly closes?: boolean;
}

const problem = (status: number, code: string): Reply => ({ status, body: { status, code, detail: code } });

class FakeShop {
  readonly orders = new Map<string, FakeOrder>();
  readonly #options: FakeEdgeOptions;
  readonly #carts = new Map<string, { items: Map<string, number>; version: number }>();
  readonly #keys = new Map<string, Reply>();
  #ids = 0;

  constructor(options: FakeEdgeOptions) {
    this.#options = options;
  }

  answer(method: string, url: string, token: string, key: string, body: unknown): Reply {
    const { pathname, searchParams } = new URL(url, 'http://fake');
    const [, , kind, id = '', part, productId = ''] = pathname.split('/');
    if (kind === 'sessions') return { status: 201, body: { token: `s${++this.#ids}` } };
    if (kind === 'products')
      return id === '' ? this.#list(searchParams) : { status: 200, body: this.#product(id) };
    if (token === '') return problem(401, 'no_session');
    if (kind === 'orders') return this.#order(id);
    if (id === '') return this.#newCart();
    if (part === 'checkout') return this.#checkout(id, `${token}/${key}`, body);
    if (part === 'items')
      this.#setItem(id, productId, method === 'DELETE' ? 0 : Number((body as { quantity: number }).quantity));
    return { status: 200, body: this.#cart(id) };
  }

  #product(id: string): unknown {
    return { id, name: `Solid ${id} lamp`, priceCents: 1_250, stock: this.#options.stock ?? 1_000 };
  }

  #list(query: URLSearchParams): Reply {
    const start = Number(query.get('cursor') ?? 0);
    const end = Math.min(start + Number(query.get('limit')), this.#options.products ?? 150);
    const items = Array.from({ length: end - start }, (_, i) => this.#product(`p-${start + i}`));
    return {
      status: 200,
      body: { items, nextCursor: end < (this.#options.products ?? 150) ? String(end) : null },
    };
  }

  #newCart(): Reply {
    const id = `cart-${++this.#ids}`;
    this.#carts.set(id, { items: new Map(), version: 0 });
    return { status: 201, body: this.#cart(id) };
  }

  #setItem(id: string, productId: string, quantity: number): void {
    const cart = this.#carts.get(id);
    if (cart === undefined) return;
    cart.version += 1;
    if (quantity === 0) cart.items.delete(productId);
    else cart.items.set(productId, quantity);
  }

  #cart(id: string): { id: string; totalCents: number } {
    const cart = this.#carts.get(id);
    const items = [...(cart?.items ?? [])].map(([productId, quantity]) => ({
      productId,
      quantity,
      priceCents: 1_250,
    }));
    const totalCents = items.reduce((sum, item) => sum + item.quantity * item.priceCents, 0);
    return Object.assign({ id, totalCents }, { items, currency: 'EUR', version: cart?.version ?? 0 });
  }

  #checkout(cartId: string, key: string, body: unknown): Reply {
    const before = this.#keys.get(key);
    if (before !== undefined) return before;
    const { token } = (body as { payment: { token: string } }).payment;
    const reply = this.#charge(this.#cart(cartId).totalCents, token);
    this.#keys.set(key, reply);
    return reply;
  }

  #charge(totalCents: number, token: string): Reply {
    if (token === 'tok_declined' || token === 'tok_insufficient_funds') return problem(402, 'card_declined');
    const orderId = `order-${++this.#ids}`;
    const pending = token === 'tok_timeout';
    const status = pending ? 'payment_pending' : 'paid';
    this.orders.set(orderId, { totalCents, status, asksLeft: pending ? 3 : 0 });
    return { status: pending ? 202 : 201, body: { orderId, status, totalCents } };
  }

  #order(id: string): Reply {
    const order = this.orders.get(id);
    if (order === undefined) return problem(404, 'order_not_found');
    if (order.asksLeft > 0 && --order.asksLeft === 0) order.status = 'paid';
    return { status: 200, body: { id, ...order } };
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as unknown);
}

export async function startFakeEdge(options: FakeEdgeOptions = {}): Promise<FakeEdge> {
  const shop = new FakeShop(options);
  const seen: string[] = [];
  let connections = 0;
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const nth = seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const body = await bodyOf(request);
    const fault = options.fault?.(request, nth);
    if (fault === 'drop') return void request.socket.destroy();
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    const key = String(request.headers['idempotency-key'] ?? '');
    const answer = fault ?? shop.answer(request.method ?? '', request.url ?? '', token, key, body);
    response.statusCode = answer.status;
    response.setHeader('x-atlas-epoch', '7').setHeader('x-atlas-mode', 'tight');
    response.setHeader('x-atlas-root', nth.toString(16).padStart(16, '0'));
    if (options.closes === true) response.setHeader('connection', 'close');
    const text = JSON.stringify(answer.body);
    const delayMs = options.delayMs?.(request) ?? 0;
    if (delayMs > 0) setTimeout(() => response.end(text), delayMs);
    else response.end(text);
  };
  const server = createServer((request, response) => void reply(request, response));
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    orders: shop.orders,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
