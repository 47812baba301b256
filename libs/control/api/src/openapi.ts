/** The OpenAPI 3.1 document of an API that is data: switcher's and brain's are built here. */
import type { TSchema } from '@sinclair/typebox';
import { ProblemAnswer } from './answers.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a document says of one address. */
export interface DocumentedRoute {
  readonly method: string;
  /** `{id}` is a parameter. */
  readonly path: string;
  readonly summary: string;
  readonly body?: TSchema;
  /** No body is not equal to a good one. */
  readonly bodyRequired?: boolean;
  readonly query?: TSchema;
  /** Of the header `Idempotency-Key`, where it may be sent. */
  readonly keyPattern?: string;
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: TSchema }>>;
  /** Codes. */
  readonly problems: readonly string[];
  /** Tokens that are taken, any one of them; those of the document by default. */
  readonly tokens?: readonly string[];
}

export interface DocumentedApi {
  readonly title: string;
  /** All tokens that there are; an address takes the first by default. */
  readonly tokens: readonly [string, ...string[]];
  readonly routes: readonly DocumentedRoute[];
  /** Code of a problem → HTTP status. */
  readonly statusOf: Readonly<Record<string, number>>;
}

const content = (schema: TSchema, type = 'application/json'): Json => ({ [type]: { schema } });
const anyOf = (tokens: readonly string[]): Json[] => tokens.map((token) => ({ [token]: [] }));

function parameters({ path, query, keyPattern }: DocumentedRoute): Json[] {
  const text = { type: 'string' };
  const properties = (query?.['properties'] ?? {}) as Readonly<Record<string, TSchema>>;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: text },
  }));
  const inQuery = Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
  const key = { name: 'Idempotency-Key', in: 'header', schema: { ...text, pattern: keyPattern } };
  return [...inPath, ...inQuery, ...(keyPattern === undefined ? [] : [key])];
}

function operation(route: DocumentedRoute, statusOf: DocumentedApi['statusOf']): Json {
  const { summary, body, bodyRequired = false, tokens } = route;
  const answers = Object.entries(route.answers).map(([status, { description, schema }]) => {
    return [status, { description, ...(schema && { content: content(schema) }) }] as const;
  });
  const refusals = [...Map.groupBy(route.problems, (code) => statusOf[code])].map(([status, codes]) => {
    const schema = content(ProblemAnswer, 'application/problem+json');
    return [String(status), { description: codes.join(', '), content: schema }] as const;
  });
  return {
    summary,
    ...(tokens && { security: anyOf(tokens) }),
    parameters: parameters(route),
    ...(body && { requestBody: { required: bodyRequired, content: content(body) } }),
    responses: Object.fromEntries([...answers, ...refusals]),
  };
}

/** As JSON. */
export function openApiOf({ title, tokens, routes, statusOf }: DocumentedApi): Json {
  const bearer = { type: 'http', scheme: 'bearer' };
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route, statusOf);
  return {
    openapi: '3.1.0',
    info: { title, version: '1' },
    paths,
    components: { securitySchemes: Object.fromEntries(tokens.map((token) => [token, bearer])) },
    security: anyOf(tokens.slice(0, 1)),
  };
}
