import { Type, type TSchema } from '@sinclair/typebox';
import { BUSINESS_PROBLEMS, PROBLEMS, type ProblemCode } from './problem.ts';
import type { EdgeRoute } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

/** Schema of every problem document. */
export const ProblemDocument = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.Union(Object.keys(PROBLEMS).map((code) => Type.Literal(code))),
    detail: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          in: Type.Union(['body', 'query', 'path', 'header'].map((place) => Type.Literal(place))),
          name: Type.String(),
          message: Type.String(),
        }),
      ),
    ),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);

export const SessionToken = Type.Object({ token: Type.String() }, { additionalProperties: false });

/** Problems that any route of the API may answer with. */
const ALWAYS: readonly ProblemCode[] = [
  'invalid_request',
  'request_timeout',
  'rate_limited',
  'headers_too_large',
  'internal',
  'unavailable',
  'overloaded',
  'dependency_unavailable',
  'connection_lost',
  'dead_letter',
  'deadline_exceeded',
];

const SHAPE_HEADERS: Json = {
  'x-atlas-epoch': { description: 'Epoch that answered', schema: { type: 'integer' } },
  'x-atlas-mode': {
    description: 'Mode of that epoch',
    schema: { type: 'string', enum: ['tight', 'hybrid', 'loose'] },
  },
  'x-atlas-root': {
    description: 'The root, when the request became one',
    schema: { type: 'string', pattern: '^[0-9a-f]{16}$' },
  },
};
const RETRY_AFTER: Json = {
  'retry-after': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
};

const json = (schema: TSchema | Json): Json => ({ 'application/json': { schema } });

function problemCodes(route: EdgeRoute): ProblemCode[] {
  const business: Readonly<Record<string, ProblemCode>> = BUSINESS_PROBLEMS;
  const codes = route.spec.errors.flatMap((error) => business[error] ?? []);
  if (route.needsSession) codes.push('no_session');
  if (Object.keys(route.schemas.path.properties).length > 0) codes.push('uri_too_long');
  if (route.options.method !== 'GET') codes.push('body_too_large', 'unsupported_media_type');
  return [...ALWAYS, ...codes];
}

function problemResponses(codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\` ${PROBLEMS[code].title}`).join(' · '),
        headers: {
          ...SHAPE_HEADERS,
          ...(group.some((code) => 'retryAfterMs' in PROBLEMS[code]) ? RETRY_AFTER : {}),
        },
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function parameters(route: EdgeRoute): Json[] {
  const { path, query } = route.schemas;
  const inPath = Object.entries(path.properties).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    schema,
  }));
  const inQuery = Object.entries(query.properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: query.required?.includes(name) ?? false,
    schema,
  }));
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
  };
  return [...inPath, ...inQuery, ...(route.options.key === 'header' ? [key] : [])];
}

function links({ options: { leadsTo = {} } }: EdgeRoute): Json {
  const all = Object.entries(leadsTo).map(([operationId, fields]) => {
    const parameters = Object.entries(fields).map(([name, field]) => [name, `$response.body#/${field}`]);
    return [operationId, { operationId, parameters: Object.fromEntries(parameters) }];
  });
  return all.length === 0 ? {} : { links: Object.fromEntries(all) };
}

function successResponses(route: EdgeRoute): Json {
  const etag = { etag: { description: 'Validator', schema: { type: 'string' } } };
  const headers = { ...SHAPE_HEADERS, ...(route.options.etag ? etag : {}) };
  const answers = Object.entries(route.options.success).map(([status, description]) => [
    status,
    { description, headers, content: json(route.spec.output), ...links(route) },
  ]);
  return {
    ...Object.fromEntries(answers),
    ...(route.options.etag ? { 304: { description: 'The client has it already', headers } } : {}),
  };
}

function operationOf(route: EdgeRoute, id: string): Json {
  const { body } = route.schemas;
  return {
    operationId: id,
    summary: route.options.summary,
    tags: [route.contract.module],
    ...(route.needsSession ? { security: [{ bearer: [] }, { cookie: [] }] } : {}),
    parameters: parameters(route),
    ...(body === undefined
      ? {}
      : { requestBody: { required: (body.required?.length ?? 0) > 0, content: json(body) } }),
    responses: { ...successResponses(route), ...problemResponses(problemCodes(route)) },
  };
}

const createSession: Json = {
  operationId: 'edge.createSession',
  summary: 'Open a session; also sets it as a cookie, but for a browser whose own holds',
  tags: ['edge'],
  requestBody: { required: false, content: json(Type.Object({}, { additionalProperties: false })) },
  responses: {
    201: {
      description: 'The session',
      headers: { ...SHAPE_HEADERS, 'set-cookie': { schema: { type: 'string' } } },
      content: json(SessionToken),
    },
    ...problemResponses([...ALWAYS, 'body_too_large', 'unsupported_media_type']),
  },
};

/** The OpenAPI 3.1 document of the edge, from the routes and their contracts' schemas. */
export function openApi(routes: readonly EdgeRoute[]): Json {
  const paths: Record<string, Record<string, Json>> = { '/api/sessions': { post: createSession } };
  const used = new Set<string>();
  for (const route of routes) {
    const method = route.options.method.toLowerCase();
    const id = used.has(route.id) ? `${route.id}.${method}` : route.id;
    used.add(route.id);
    (paths[route.options.path] ??= {})[method] = operationOf(route, id);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'ATLAS shop',
      version: '0.1.0',
      description: 'A shop that changes its own shape while it serves.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: ProblemDocument },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'atlas_session' },
      },
    },
  };
}
