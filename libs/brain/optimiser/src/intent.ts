/** What the operator wants of the shop (§24.3, §17.1), as a YAML or JSON file: docs/intent.example.yaml. */
import { Type, type Static } from '@sinclair/typebox';
import { parseDocument, type ParsedDocument } from './document.ts';

const weight = (description: string) => Type.Number({ minimum: 0, maximum: 1_000, default: 1, description });

/** As published in docs/intent.schema.json. */
export const IntentSchema = Type.Object(
  {
    latency_p99_ms: Type.Number({
      exclusiveMinimum: 0,
      maximum: 30_000,
      description: '99 of 100 roots are to be answered within this, ms',
    }),
    daily_cost_usd: Type.Number({
      exclusiveMinimum: 0,
      description: 'What all hosts may cost in a day, US dollars',
    }),
    availability: Type.Number({
      minimum: 50,
      exclusiveMaximum: 100,
      description: 'Share of roots that no crash may cost, per cent: 99.99',
    }),
    replicas: Type.Integer({
      minimum: 1,
      maximum: 200,
      description: 'Hosts at most, bundles and instances of services together',
    }),
    weights: Type.Optional(
      Type.Object(
        {
          latency: Type.Optional(weight('α of §17')),
          cost: Type.Optional(weight('β of §17')),
          risk: Type.Optional(weight('γ of §17')),
        },
        { additionalProperties: false, description: 'What matters how much; absent: 1 each' },
      ),
    ),
  },
  { $id: 'atlas-intent', title: 'ATLAS intent', additionalProperties: false },
);

export type Intent = Static<typeof IntentSchema>;

/** Reads the text of an intent file. */
export const parseIntent = (text: string): ParsedDocument<Intent> =>
  parseDocument({ what: 'intent', schema: IntentSchema, example: 'latency_p99_ms: 200' }, text);
