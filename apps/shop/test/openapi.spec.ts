import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSINESS_PROBLEMS } from '../src/edge/problem.ts';
import { SHOP_ROUTES } from '../src/edge/routes.ts';
import { checkoutBody, json, startEdge, type EdgeFixture } from './edge-fixture.ts';

interface Answer {
  readonly headers: Record<string, { schema: object }>;
  readonly content?: Record<string, { schema: object }>;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { required: boolean; content: Record<string, { schema: object }> };
  readonly responses: Record<string, Answer>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

let edge: EdgeFixture;
let document: Document;
beforeAll(async () => {
  edge = await startEdge();
  document = (await (await edge.request('/api/openapi.json')).json()) as Document;
});
afterAll(() => edge.close());

/** Whether a value fits a schema of the document, and if not, why. */
function misfit(schema: object, value: unknown): string | null {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const check = ajv.compile({ ...schema, components: document.components });
  return check(value) ? null : ajv.errorsText(check.errors);
}

const operations = (): [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      method,
      path,
      operation,
    ]),
  );

describe('the OpenAPI document', () => {
  it('is 3.1, names every route once, and describes every parameter of its path', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations()).toHaveLength(SHOP_ROUTES.length + 1);
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, path, { parameters = [] }] of operations()) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  });

  it('has an answer for each failure of the operations behind it, and for no other', () => {
    const failures = new Set(SHOP_ROUTES.flatMap(({ spec }) => spec.errors));
    expect(Object.keys(BUSINESS_PROBLEMS).sort()).toEqual([...failures].sort());
  });

  it('holds only schemas that are valid JSON Schema 2020-12', () => {
    const ajv = new Ajv2020({ strict: false });
    const schemas = operations().flatMap(([, , { parameters = [], requestBody, responses }]) => [
      ...parameters.map(({ schema }) => schema),
      ...Object.values(requestBody?.content ?? {}).map(({ schema }) => schema),
      ...Object.values(responses).flatMap(({ content = {} }) =>
        Object.values(content).map(({ schema }) => schema),
      ),
    ]);
    expect(schemas.length).toBeGreaterThan(40);
    for (const schema of schemas) expect(ajv.validateSchema(schema), JSON.stringify(ajv.errors)).toBe(true);
  });

  it('keeps what only the edge decides out of bodies and parameters', () => {
    expect(JSON.stringify(document)).not.toContain('sessionId');
    const remove = document.paths['/api/carts/{id}/items/{productId}']?.['delete'];
    expect(remove?.requestBody).toBeUndefined();
    const list = document.paths['/api/products']?.['get'];
    expect(list?.parameters).toContainEqual({
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    });
  });
});

describe('what the routes do', () => {
  const product = '/api/products/{id}';
  const cart = '/api/carts/{id}';
  const item = `${cart}/items/{productId}`;
  const pay = `${cart}/checkout`;
  const key = { 'idempotency-key': 'k' };
  const put = (body: unknown, headers: object): RequestInit => ({
    ...json(body, { ...headers }),
    method: 'PUT',
  });

  it.each<[string, string, number, string, (session: object) => RequestInit]>([
    ['post', '/api/sessions', 201, '/api/sessions', () => json({})],
    ['post', '/api/sessions', 400, '/api/sessions', () => json({ x: 1 })],
    ['get', '/api/products', 200, '/api/products', () => ({})],
    ['get', '/api/products', 400, '/api/products?limit=0', () => ({})],
    ['get', product, 200, '/api/products/blue-mug', () => ({})],
    ['get', product, 304, '/api/products/blue-mug', () => ({ headers: { 'if-none-match': '*' } })],
    ['get', product, 404, '/api/products/none', () => ({})],
    ['get', product, 414, `/api/products/${'x'.repeat(201)}`, () => ({})],
    ['post', '/api/carts', 201, '/api/carts', (headers) => json({}, { ...headers })],
    ['post', '/api/carts', 401, '/api/carts', () => json({})],
    ['post', '/api/carts', 413, '/api/carts', (headers) => json('x'.repeat(70_000), { ...headers })],
    [
      'post',
      '/api/carts',
      415,
      '/api/carts',
      (headers) => ({ ...json('x', { ...headers, 'content-type': 'text/plain' }) }),
    ],
    ['get', cart, 200, '/api/carts/cart-1', (headers) => ({ headers: { ...headers } })],
    ['get', cart, 404, '/api/carts/cart-2', (headers) => ({ headers: { ...headers } })],
    ['put', item, 200, '/api/carts/cart-1/items/blue-mug', (headers) => put({ quantity: 1 }, headers)],
    ['put', item, 400, '/api/carts/cart-1/items/blue-mug', (headers) => put({ quantity: -1 }, headers)],
    [
      'put',
      item,
      409,
      '/api/carts/cart-1/items/business--out-of-stock',
      (headers) => put({ quantity: 1 }, headers),
    ],
    [
      'delete',
      item,
      200,
      '/api/carts/cart-1/items/blue-mug',
      (headers) => ({ method: 'DELETE', headers: { ...headers } }),
    ],
    [
      'delete',
      item,
      415,
      '/api/carts/cart-1/items/blue-mug',
      (headers) => ({ method: 'DELETE', headers: { ...headers, 'content-type': 'text/plain' }, body: 'x' }),
    ],
    [
      'post',
      pay,
      201,
      '/api/carts/cart-1/checkout',
      (headers) => json(checkoutBody('tok_ok'), { ...headers, ...key }),
    ],
    [
      'post',
      pay,
      202,
      '/api/carts/cart-1/checkout',
      (headers) => json(checkoutBody('tok_timeout'), { ...headers, ...key }),
    ],
    [
      'post',
      pay,
      402,
      '/api/carts/cart-1/checkout',
      (headers) => json(checkoutBody('business:card_declined'), { ...headers, ...key }),
    ],
    [
      'post',
      pay,
      409,
      '/api/carts/cart-1/checkout',
      (headers) => json(checkoutBody('business:cart_changed'), { ...headers, ...key }),
    ],
    [
      'post',
      pay,
      422,
      '/api/carts/cart-1/checkout',
      (headers) => json(checkoutBody('business:key_conflict'), { ...headers, ...key }),
    ],
    [
      'post',
      pay,
      503,
      '/api/carts/cart-1/checkout',
      (headers) => json(checkoutBody('platform:overloaded'), { ...headers, ...key }),
    ],
    [
      'post',
      pay,
      500,
      '/api/carts/cart-1/checkout',
      (headers) => json(checkoutBody('defect'), { ...headers, ...key }),
    ],
    ['get', '/api/orders', 200, '/api/orders', (headers) => ({ headers: { ...headers } })],
    ['get', '/api/orders/{id}', 404, '/api/orders/o-1', (headers) => ({ headers: { ...headers } })],
  ])('%s %s answers %i as the document says', async (method, path, status, url, init) => {
    const response = await edge.request(url, init(edge.session()));
    expect(response.status).toBe(status);
    const answer = document.paths[path]?.[method]?.responses[String(status)];
    expect(answer, 'is documented').toBeDefined();
    const text = await response.text();
    if (status !== 304) {
      const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
      expect(misfit(answer?.content?.[type]?.schema ?? { not: {} }, JSON.parse(text))).toBeNull();
    }
    for (const [name, { schema }] of Object.entries(answer?.headers ?? {})) {
      const value = response.headers.get(name);
      if (value === null) expect(['x-atlas-root', 'retry-after']).toContain(name);
      else expect(misfit(schema, /integer/.test(JSON.stringify(schema)) ? Number(value) : value)).toBeNull();
    }
  });
});
