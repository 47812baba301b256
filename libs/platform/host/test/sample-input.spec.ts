import { misfitOf } from '@atlas/coupling-runtime';
import { Type, type TSchema } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { sampleInput } from '../src/sample-input.ts';

describe('sampleInput', () => {
  it.each<[string, TSchema]>([
    ['nothing', Type.Object({}, { additionalProperties: false })],
    ['ids', Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }) })],
    ['numbers', Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 100 }), ok: Type.Boolean() })],
    ['lists', Type.Object({ ids: Type.Array(Type.String({ minLength: 1 }), { minItems: 2 }) })],
    [
      'choices',
      Type.Object({ status: Type.Union([Type.Literal('new'), Type.Literal('old')]), none: Type.Null() }),
    ],
    ['what may be left out', Type.Object({ q: Type.Optional(Type.String({ pattern: '^never$' })) })],
  ])('fits %s', (_, schema) => {
    const sample = sampleInput(schema);
    expect(sample).toBeDefined();
    expect(misfitOf(schema, sample)).toBeUndefined();
  });

  it('is undefined when nothing is found, rather than wrong', () => {
    expect(sampleInput(Type.Object({ id: Type.String({ pattern: '^\\d{20}$' }) }))).toBeUndefined();
  });
});
