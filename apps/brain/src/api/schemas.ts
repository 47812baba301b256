/** Bodies and queries of the brain's API; its answers are in `@atlas/brain-api`. The same schemas validate and make the OpenAPI document. */
import { Type, type Static } from '@sinclair/typebox';

const closed = { additionalProperties: false };
const Rate = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1e6, description }));

export const WhatIfBody = Type.Object(
  {
    rps: Rate('Requests per second now.'),
    in5Rps: Rate('Forecast for 5 minutes ahead.'),
    in15Rps: Rate('Forecast for 15 minutes ahead.'),
    in60Rps: Rate('Forecast for 60 minutes ahead.'),
    anomaly: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Anomaly score.' })),
    crashed: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }), {
        maxItems: 32,
        description: 'Modules whose process has crashed.',
      }),
    ),
  },
  { ...closed, description: 'What is not given is as it was at the last decision.' },
);
export type WhatIfBody = Static<typeof WhatIfBody>;

export const SaleBody = Type.Object(
  {
    from: Type.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:\\d\\d)$',
      description: 'ISO 8601, to the minute, with its offset.',
    }),
    minutes: Type.Integer({ minimum: 1, maximum: 44_640 }),
    times: Type.Number({ minimum: 0.01, maximum: 1_000, description: '8: eight times the normal traffic.' }),
  },
  closed,
);
export type SaleBody = Static<typeof SaleBody>;

export const DecisionsQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })) },
  closed,
);
