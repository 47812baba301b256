import type { TSchema } from '@sinclair/typebox';
import { PROBLEM_STATUS, type ProblemCode } from './problem.ts';
import { ROUTES, type Route } from './routes.ts';
import { ProblemAnswer } from '@atlas/control-api';

type Json = Readonly<Record<string, unknown>>;

const content = (schema: TSchema, type = 'application/json'): Json => ({ [type]: { schema } });

function problems(codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => PROBLEM_STATUS[code]);
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      { description: of.join(', '), content: content(ProblemAnswer, 'application/problem+json') },
    ]),
  );
}

function operation({ path, summary, body, query, status, answer, problems: codes }: Route): Json {
  const properties = (query?.['properties'] ?? {}) as Readonly<Record<string, TSchema>>;
  const inPath = path.includes('{id}')
    ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }]
    : [];
  const inQuery = Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
  const sent: readonly ProblemCode[] = body ? ['body_too_large', 'unsupported_media_type'] : [];
  return {
    summary,
    parameters: [...inPath, ...inQuery],
    // No body is like an empty one.
    ...(body && { requestBody: { required: Boolean(body['required']), content: content(body) } }),
    responses: {
      [status ?? 200]: { description: 'The answer', content: content(answer) },
      ...problems(['unauthorized', ...codes, ...sent]),
    },
  };
}

/** The OpenAPI 3.1 document of the brain's API. */
export function openApi(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method] = operation(route);
  return {
    openapi: '3.1.0',
    info: { title: 'ATLAS brain API', version: '1' },
    paths,
    components: { securitySchemes: { operator: { type: 'http', scheme: 'bearer' } } },
    security: [{ operator: [] }],
  };
}
