/** What each shape was measured to bear, as the JSON file that whoever measured it has written (`npm run capacity`). Pure. */
import { parseDocument, type ParsedDocument } from '@atlas/brain-optimiser';
import { Type, type Static } from '@sinclair/typebox';
import type { Capacity } from './policy.ts';

const Rate = Type.Number({ exclusiveMinimum: 0, maximum: 1e7 });

/** Requests per second; a shape that was not measured is absent. What else is in the file is kept unread. */
const CapacitySchema = Type.Object({
  tight: Rate,
  tight2: Type.Optional(Rate),
  hybrid: Type.Optional(Rate),
  loose: Type.Optional(Rate),
  hybridServices: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: 'services that hybrid had meanwhile' }),
  ),
  intentP99Ms: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 30_000, description: 'p99 that was kept meanwhile' }),
  ),
  hostCpu: Type.Optional(
    Type.Number({
      minimum: 0.1,
      maximum: 64,
      description: 'cores that each host could take; absent: no limit',
    }),
  ),
  at: Type.Optional(Type.String({ description: 'when, ISO 8601' })),
  machine: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
});

/** A shape that was not measured bears 0, so it is no rung. */
export type MeasuredCapacity = Capacity & Readonly<Static<typeof CapacitySchema>>;

/** Reads the text of a capacity file. */
export function parseCapacity(text: string): ParsedDocument<MeasuredCapacity> {
  const parsed = parseDocument({ what: 'capacity', schema: CapacitySchema, example: '"tight": 400' }, text);
  if (!parsed.ok) return parsed;
  return { ok: true, value: { tight2: 0, hybrid: 0, loose: 0, ...parsed.value } };
}
