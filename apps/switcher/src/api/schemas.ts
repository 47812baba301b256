/** Bodies, queries and answers of the control API. The same schemas validate and make the OpenAPI document. */
import { Type, type Static, type TSchema } from '@sinclair/typebox';

const closed = { additionalProperties: false };
/** Of an `Idempotency-Key`: 1 to 200 visible ASCII characters. */
export const KEY_PATTERN = '^[\\x21-\\x7e]{1,200}$';
/** Entries are numbered in 32 bits. */
const MAX_SEQ = 2_147_483_647;
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const Mode = Type.Union([Type.Literal('tight'), Type.Literal('hybrid'), Type.Literal('loose')]);
const Placement = Type.Union([Type.Literal('bundle'), Type.Literal('service')]);
const Placements = Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }), Placement, {
  description: 'Module → where its primary is. Modules that are not named go to the bundle.',
});
const Instances = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }),
  Type.Integer({ minimum: 1, maximum: 16 }),
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

const Ms = nullable(Type.Integer({ minimum: 0 }));
const Counts = Type.Record(Type.String(), Type.Integer());
const Places = Type.Record(Type.String(), Placement);

export const SwitchAnswer = Type.Object({
  id: Type.String(),
  kind: Type.Union([Type.Literal('bootstrap'), Type.Literal('switch'), Type.Literal('rollback')]),
  source: Type.String(),
  reason: Type.String(),
  phase: Type.String({
    description: 'planned, preparing, committing, aborting, routed-wait, draining, retiring or ended',
  }),
  outcome: nullable(
    Type.Union(['committed', 'aborted', 'reverted', 'unchanged'].map((outcome) => Type.Literal(outcome))),
  ),
  done: Type.Boolean(),
  fromEpoch: nullable(Type.Integer()),
  epoch: nullable(Type.Integer()),
  from: nullable(Mode),
  to: Mode,
  fromPlacements: nullable(Places),
  toPlacements: Places,
  fromInstances: nullable(Counts),
  toInstances: Counts,
  prepareMs: Ms,
  routedMs: Ms,
  drainMs: Ms,
  decidedAt: Type.Integer(),
  committedAt: nullable(Type.Integer()),
  endedAt: nullable(Type.Integer()),
  abort: nullable(Type.Object({ code: Type.String(), detail: Type.String() })),
});
export const HistoryAnswer = Type.Object({ items: Type.Array(SwitchAnswer) });

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

const layoutFields = {
  mode: Mode,
  placements: Places,
  instances: Counts,
  canary: Type.Record(Type.String(), Type.Number()),
  configVersion: Type.Integer(),
};
export const LayoutAnswer = Type.Object({ epoch: Type.Integer(), ...layoutFields });

export const PlanAnswer = Type.Object({
  dryRun: Type.Literal(true),
  unchanged: Type.Boolean(),
  epoch: Type.Integer(),
  target: Type.Object(layoutFields),
  starts: Type.Array(Type.Object({ app: Type.String(), instance: Type.String() })),
  stops: Type.Array(Type.String()),
  moves: Type.Array(Type.Object({ module: Type.String(), from: Placement, to: Placement })),
  refusals: Type.Array(Type.String()),
});

/** What `POST /v1/switches` answers when nothing is changed by it. */
export const UnchangedOrPlan = Type.Union([PlanAnswer, SwitchAnswer]);

export const HostAnswer = Type.Object({
  instance: Type.String(),
  nonce: Type.String(),
  app: Type.String(),
  pid: nullable(Type.Integer()),
  health: Type.Union(
    ['starting', 'ready', 'leaving', 'silent', 'spare'].map((health) => Type.Literal(health)),
  ),
  stopping: Type.Boolean(),
  rpc: nullable(Type.String()),
  metricsUrl: nullable(Type.String()),
  acked: Type.Array(Type.Integer()),
  closedThrough: nullable(Type.Integer()),
  roots: Counts,
  rssMb: nullable(Type.Number()),
});

export const StatusAnswer = Type.Object({
  layout: nullable(LayoutAnswer),
  mode: nullable(Mode),
  epoch: Type.Integer(),
  preparedEpoch: nullable(Type.Integer()),
  liveEpochs: Type.Array(Type.Integer()),
  hosts: Type.Array(HostAnswer),
  switches: Type.Array(SwitchAnswer),
  frozen: Type.Boolean(),
  leader: Type.Object({ holder: Type.String(), leads: Type.Boolean() }),
  store: Type.Object({ contact: Type.Boolean(), ageMs: Type.Integer() }),
});

export const ProblemAnswer = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String({ description: 'Stable; what programs should look at.' }),
  detail: Type.String(),
});
