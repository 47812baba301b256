/** Bodies, queries and lesser answers of the control API; the others are in `@atlas/control-api`. The same schemas validate and make the OpenAPI document. */
import { PlanAnswer, SwitchView } from '@atlas/control-api';
import { Type, type Static } from '@sinclair/typebox';

const closed = { additionalProperties: false };
/** Of an `Idempotency-Key`: 1 to 200 visible ASCII characters. */
export const KEY_PATTERN = '^[\\x21-\\x7e]{1,200}$';
/** Entries are numbered in 32 bits. */
const MAX_SEQ = 2_147_483_647;

const Mode = Type.Union([Type.Literal('tight'), Type.Literal('hybrid'), Type.Literal('loose')]);
const Placement = Type.Union([Type.Literal('bundle'), Type.Literal('service')]);
const Placements = Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }), Placement, {
  description: 'Module → where its primary is. Modules that are not named go to the bundle.',
});
const Instances = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }),
  Type.Integer({ minimum: 1, maximum: 24 }),
  { description: '"bundle" or a module that is placed as a service → number of instances; 1 by default.' },
);
const Reason = Type.String({ maxLength: 500, description: 'For people; kept in history and audit log.' });

export const SwitchBody = Type.Object(
  {
    mode: Type.Optional(Mode),
    placements: Type.Optional(Placements),
    instances: Type.Optional(Instances),
    reason: Type.Optional(Reason),
    dryRun: Type.Optional(Type.Boolean({ description: 'Answers with the plan and does nothing.' })),
    source: Type.Optional(
      Type.Union([Type.Literal('emergency'), Type.Literal('operator'), Type.Literal('brain')], {
        description: 'Priority of the proposal; "operator" by default.',
      }),
    ),
    guardrails: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 500 }), {
        maxItems: 32,
        description: 'Of "brain" and "emergency": one sentence for each guardrail that it breaks.',
      }),
    ),
    basedOnEpoch: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Epoch it was decided on.' }),
    ),
    observedAt: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'When the proposer looked, ms since 1970.',
      }),
    ),
  },
  {
    ...closed,
    description: 'Either "mode" or "placements".',
    oneOf: [{ required: ['mode'] }, { required: ['placements'] }],
  },
);
export const WarmBody = Type.Object(
  {
    placements: Placements,
    instances: Type.Optional(Instances),
    minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 60, default: 15 })),
  },
  closed,
);
export const ReasonBody = Type.Object({ reason: Type.Optional(Reason) }, closed);
export const HistoryQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })) },
  closed,
);
export const AuditQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_SEQ,
        default: 0,
        description: 'Entries with a higher `seq`.',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  },
  closed,
);
export type SwitchBody = Static<typeof SwitchBody>;
export type ReasonBody = Static<typeof ReasonBody>;

export const AuditAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      seq: Type.Integer(),
      at: Type.Integer(),
      body: Type.Record(Type.String(), Type.Unknown()),
      prevHash: Type.String(),
      hash: Type.String({ description: 'SHA-256 over prevHash and the canonical JSON of at and body' }),
    }),
  ),
});

/** What `POST /v1/switches` answers when nothing is changed by it. */
export const UnchangedOrPlan = Type.Union([PlanAnswer, SwitchView]);
