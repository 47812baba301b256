/** What the operator wants of the shop (§24.3, §17.1), as a YAML or JSON file: docs/intent.example.yaml. */
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { parse } from 'yaml';

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

export type ParsedIntent =
  | { readonly ok: true; readonly intent: Intent }
  /** One line that names the field, what is wrong with it and what it was. */
  | { readonly ok: false; readonly problem: string };

/** Longer texts are no intent. */
const MOST_CHARACTERS = 10_000;

/** Reads the text of an intent file. */
export function parseIntent(text: string): ParsedIntent {
  if (text.length > MOST_CHARACTERS) return no(`longer than ${MOST_CHARACTERS} characters`);
  try {
    return checked(parse(text, { maxAliasCount: 0 }));
  } catch (error) {
    return no((error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '');
  }
}

function checked(value: unknown): ParsedIntent {
  if (Value.Check(IntentSchema, value)) return { ok: true, intent: value };
  const error = Value.Errors(IntentSchema, value).First();
  const field = error?.path.slice(1).replaceAll('/', '.') ?? '';
  const was = error?.value === undefined ? 'it is missing' : `it is ${JSON.stringify(error.value)}`;
  if (field === '') return no('expected fields such as latency_p99_ms: 200');
  const unknown = error?.message === 'Unexpected property';
  return no(unknown ? `${field} is no field of it` : `${field}: ${lower(error?.message ?? '')}; ${was}`);
}

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);
const no = (why: string): ParsedIntent => ({ ok: false, problem: `intent: ${why}` });
