/** Holds answers to the OpenAPI document: what it does not name must not be in them. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { openApi } from '../src/api/openapi.ts';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** The schema that allows no more than it names. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...inside, additionalProperties: false }
    : inside;
}

export interface Answered {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly type: string | null;
  readonly answer: unknown;
}

/** Why an answer is not as the document says; undefined when it is, or the document knows nothing of the address. */
export function misfit({ method, path, status, type, answer }: Answered): string | undefined {
  const [address = ''] = path.split('?', 1);
  const paths = openApi()['paths'] as Paths;
  const known = Object.entries(paths).find(([template]) =>
    new RegExp(`^${template.replace('{id}', '[^/]+')}$`).test(address),
  );
  const operation = known?.[1][method.toLowerCase()];
  if (operation === undefined) return undefined;
  const told = operation.responses[status]?.content[type?.split(';', 1)[0] ?? ''];
  if (told === undefined) return `${method} ${path} answered ${status} ${type}, which is not documented`;
  const check = ajv.compile(closed(told.schema) as object);
  return check(answer)
    ? undefined
    : `${method} ${path} ${status}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(answer).slice(0, 1_000)}`;
}

/** The same of an object that becomes the answer to a `GET` of some path. */
export const misfitOf = (path: string, answer: object): string | undefined =>
  misfit({
    ...{ method: 'GET', path, status: 200, type: 'application/json' },
    answer: JSON.parse(JSON.stringify(answer)) as unknown,
  });
