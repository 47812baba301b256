import type { TSchema } from '@sinclair/typebox';
import { PROBLEM_STATUS } from './problem.ts';
import { ROUTES, type Route } from './routes.ts';
import { ProblemAnswer } from '@atlas/control-api';
import { KEY_PATTERN } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

const content = (schema: TSchema, type = 'application/json'): Json => ({ [type]: { schema } });

function problems(route: Route): Json {
  const codesOf = (status: number): string =>
    route.problems.filter((code) => PROBLEM_STATUS[code] === status).join(', ');
  const statuses = new Set(route.problems.map((code) => PROBLEM_STATUS[code]));
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      { description: codesOf(status), content: content(ProblemAnswer, 'application/problem+json') },
    ]),
  );
}

function parameters(route: Route): Json[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const properties = (route.query?.['properties'] ?? {}) as Readonly<Record<string, TSchema>>;
  const inQuery = Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
  const key = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', pattern: KEY_PATTERN } };
  return [...inPath, ...inQuery, ...(route.idempotent ? [key] : [])];
}

function operation(route: Route): Json {
  const answers = Object.entries(route.answers).map(([status, { description, schema }]) => [
    status,
    schema ? { description, content: content(schema) } : { description },
  ]);
  return {
    summary: route.summary,
    ...(route.brain && { security: [{ operator: [] }, { brain: [] }] }),
    parameters: parameters(route),
    ...(route.body
      ? { requestBody: { required: route.bodyRequired === true, content: content(route.body) } }
      : {}),
    responses: { ...Object.fromEntries(answers), ...problems(route) },
  };
}

const BEARER = { type: 'http', scheme: 'bearer' };

/** The OpenAPI 3.1 document of the control API. */
export function openApi(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method] = operation(route);
  return {
    openapi: '3.1.0',
    info: { title: 'ATLAS control API', version: '1' },
    paths,
    components: { securitySchemes: { operator: BEARER, brain: BEARER } },
    security: [{ operator: [] }],
  };
}
