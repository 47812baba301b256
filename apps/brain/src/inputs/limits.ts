/** What the operator allows the brain by itself, as a YAML or JSON file: docs/limits.example.yaml. */
import type { Limits } from '@atlas/brain-guardrails';
import { parseDocument, type ParsedDocument } from '@atlas/brain-optimiser';
import { MOST_INSTANCES } from '@atlas/control-layout';
import { Type, type Static } from '@sinclair/typebox';
import { instant } from '../clocks.ts';

const closed = { additionalProperties: false };
const Time = (description: string) =>
  Type.String({
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:\\d\\d)$',
    description,
  });

/** As published in docs/limits.schema.json. */
export const LimitsSchema = Type.Object(
  {
    freezes: Type.Optional(
      Type.Array(
        Type.Object(
          {
            from: Time('ISO 8601 with its offset'),
            to: Time('ISO 8601 with its offset; the first moment after it'),
            reason: Type.String({ minLength: 1, maxLength: 200 }),
          },
          closed,
        ),
        { maxItems: 100, description: 'Times in which nothing moves but in an emergency' },
      ),
    ),
    most_instances: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MOST_INSTANCES, description: 'Instances of one host' }),
    ),
    most_hosts: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, description: 'Bundles and instances of services together' }),
    ),
    least_between_s: Type.Optional(
      Type.Number({ minimum: 0, maximum: 86_400, description: 'Least time between two switches, s' }),
    ),
    allowed_modules: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }), {
        maxItems: 100,
        description: 'Modules whose placement may change; absent: all',
      }),
    ),
    most_usd_per_day: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'What all hosts may cost; absent: no ceiling' }),
    ),
  },
  { $id: 'atlas-limits', title: 'ATLAS limits', ...closed },
);

/** Without a file: one switch a minute at the most, four of a host, eight hosts. */
export const DEFAULT_LIMITS: Limits = {
  freezes: [],
  mostInstances: MOST_INSTANCES,
  mostHosts: 8,
  leastBetweenMs: 60_000,
  allowedModules: null,
  mostUsdPerDay: null,
};

type Freeze = NonNullable<Static<typeof LimitsSchema>['freezes']>[number];

function windowOf({ from, to, reason }: Freeze): Limits['freezes'][number] | string {
  const [fromMs, toMs] = [instant(from), instant(to)];
  if (fromMs < toMs) return { fromMs, toMs, reason };
  return `limits: freezes: from ${from} to ${to} is no time`;
}

/** Reads the text of a limits file. */
export function parseLimits(text: string): ParsedDocument<Limits> {
  const parsed = parseDocument({ what: 'limits', schema: LimitsSchema, example: 'most_hosts: 8' }, text);
  if (!parsed.ok) return parsed;
  const { freezes = [], most_instances, most_hosts, least_between_s, ...rest } = parsed.value;
  const windows = freezes.map(windowOf);
  const problem = windows.find((window) => typeof window === 'string');
  if (problem !== undefined) return { ok: false, problem };
  const value: Limits = {
    freezes: windows.filter((window) => typeof window !== 'string'),
    mostInstances: most_instances ?? DEFAULT_LIMITS.mostInstances,
    mostHosts: most_hosts ?? DEFAULT_LIMITS.mostHosts,
    leastBetweenMs: least_between_s === undefined ? DEFAULT_LIMITS.leastBetweenMs : least_between_s * 1_000,
    allowedModules: rest.allowed_modules ?? null,
    mostUsdPerDay: rest.most_usd_per_day ?? null,
  };
  return { ok: true, value };
}
