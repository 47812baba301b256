/**
 * What the control API answers: the switcher's own views, its OpenAPI document and every client have them from here.
 * Times are ms since 1970 on the store's clock, durations ms.
 */
import { Type, type Static } from '@sinclair/typebox';
import { nullable, oneOf, type Answer } from './schema.ts';

const Mode = oneOf('tight', 'hybrid', 'loose');
const Placement = oneOf('bundle', 'service');
const Places = Type.Record(Type.String(), Placement);
const Counts = Type.Record(Type.String(), Type.Integer());
const Ms = nullable(Type.Integer({ minimum: 0 }));

export type Mode = Static<typeof Mode>;
/** Module → where its primary is. */
export type Placements = Answer<Static<typeof Places>>;

const PHASES = [
  ...(['planned', 'preparing', 'committing', 'aborting', 'routed-wait', 'trial'] as const),
  ...(['draining', 'retiring'] as const),
  'ended',
] as const;

export const SwitchView = Type.Object({
  id: Type.String(),
  kind: oneOf('bootstrap', 'switch', 'rollback', 'revert'),
  /** No switch is of `operator-freeze`; published values stay. */
  source: oneOf('operator-freeze', 'emergency', 'revert', 'operator', 'brain'),
  reason: Type.String(),
  phase: oneOf(...PHASES),
  /** Null until it is certain: `committed` from the commit on, though roots of the old epoch may still run. */
  outcome: nullable(oneOf('committed', 'aborted', 'reverted', 'unchanged')),
  /** Nothing is left to do: drained and retired, or withdrawn. */
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
  /** Why it was aborted. */
  abort: nullable(Type.Object({ code: Type.String(), detail: Type.String() })),
  /** What its trial found, once it is over or failed; `byEpoch`: the epoch that took its place. */
  trial: nullable(
    Type.Object({
      verdict: oneOf('passed', 'none', 'superseded', 'kept', 'failed'),
      detail: nullable(Type.String()),
      byEpoch: nullable(Type.Integer()),
    }),
  ),
});
export type SwitchView = Answer<Static<typeof SwitchView>>;

export const HistoryAnswer = Type.Object({ items: Type.Array(SwitchView) });

const layoutFields = {
  mode: Mode,
  placements: Places,
  instances: Counts,
  canary: Type.Record(Type.String(), Type.Number()),
  configVersion: Type.Integer(),
};
export const LayoutInfo = Type.Object({ epoch: Type.Integer(), ...layoutFields });
export type LayoutInfo = Answer<Static<typeof LayoutInfo>>;

/** What a switch would do; nothing is done. */
export const PlanAnswer = Type.Object({
  dryRun: Type.Literal(true),
  unchanged: Type.Boolean(),
  epoch: Type.Integer(),
  target: Type.Object(layoutFields),
  starts: Type.Array(Type.Object({ app: Type.String(), instance: Type.String() })),
  stops: Type.Array(Type.String()),
  moves: Type.Array(Type.Object({ module: Type.String(), from: Placement, to: Placement })),
  /** Why it would be refused; empty when it would be tried. */
  refusals: Type.Array(Type.String()),
});
export type PlanAnswer = Answer<Static<typeof PlanAnswer>>;

export const HostInfo = Type.Object({
  instance: Type.String(),
  nonce: Type.String(),
  app: Type.String(),
  pid: nullable(Type.Integer()),
  /** `silent`: its lease lapsed and nothing proves that it ended. `spare`: it waits to become a service. */
  health: oneOf('starting', 'reserve', 'ready', 'leaving', 'silent', 'spare'),
  stopping: Type.Boolean(),
  rpc: nullable(Type.String()),
  metricsUrl: nullable(Type.String()),
  acked: Type.Array(Type.Integer()),
  closedThrough: nullable(Type.Integer()),
  roots: Counts,
  rssMb: nullable(Type.Number()),
});
export type HostInfo = Answer<Static<typeof HostInfo>>;

const Level = Type.Integer({
  minimum: 0,
  maximum: 4,
  description:
    '0 watch, 1 alert, 2 instances only, 3 within the guardrails (else a person approves), 4 full (else refused)',
});
const Time = Type.String({ format: 'date-time', description: 'ISO 8601' });

/** What brain and emergency may do by themselves. */
export const AutonomyView = Type.Object({
  /** As it was set. */
  level: Level,
  /** What counts now. */
  effective: Level,
  /** An operator has switched himself: until then level 1 counts at most. */
  heldUntil: nullable(Time),
  /** An operator's freeze: nothing of theirs is taken. */
  frozen: nullable(Type.Object({ since: Time, reason: Type.String() })),
});
export type AutonomyView = Answer<Static<typeof AutonomyView>>;
/** What `POST /v1/autonomy` takes. */
export const LevelBody = Type.Object({ level: Level }, { additionalProperties: false });

/** What a person has to approve; the switch that it becomes has its id. */
export const Proposal = Type.Object({
  id: Type.String(),
  at: Time,
  expiresAt: Time,
  source: oneOf('emergency', 'brain'),
  reason: Type.String(),
  /** Sentences of the guardrails that it breaks. */
  guardrails: Type.Array(Type.String()),
  target: Type.Object(layoutFields),
  /** It expires when another epoch is put in force. */
  basedOnEpoch: Type.Integer(),
  state: oneOf('waiting', 'approved', 'rejected', 'expired'),
});
export type Proposal = Answer<Static<typeof Proposal>>;

/** A layout whose services are started ahead of the switch that may need them. */
export const PrewarmView = Type.Object({ target: Type.Object(layoutFields), until: Time });
export type PrewarmView = Answer<Static<typeof PrewarmView>>;

export const WarmAnswer = Type.Object({
  ...PrewarmView.properties,
  /** What is still to be started: none of a module that is placed outside already, and no bundle. */
  starts: Type.Array(Type.Object({ app: Type.String(), instance: Type.String() })),
});
export type WarmAnswer = Answer<Static<typeof WarmAnswer>>;

export const ProposalsAnswer = Type.Object({ items: Type.Array(Proposal) });
export const WaitingAnswer = Type.Object({ waiting: Proposal });

/** How often a quiet `GET /v1/events` says that it still lives, ms. Thrice as long without a word is a frozen switcher. */
export const EVENTS_PING_MS = 2_000;

export const Status = Type.Object({
  layout: nullable(LayoutInfo),
  mode: nullable(Mode),
  epoch: Type.Integer(),
  preparedEpoch: nullable(Type.Integer()),
  liveEpochs: Type.Array(Type.Integer()),
  hosts: Type.Array(HostInfo),
  /** Open switches, oldest first; a standby shows what the leader is at. */
  switches: Type.Array(SwitchView),
  /** Many hosts fell silent together: nothing is started, stopped or committed. An operator's freeze is `autonomy.frozen`. */
  frozen: Type.Boolean(),
  autonomy: AutonomyView,
  /** What is started ahead of a switch. */
  prewarm: nullable(PrewarmView),
  /** The switcher that answers, and whether it leads; one that does not is a standby. */
  leader: Type.Object({ holder: Type.String(), leads: Type.Boolean() }),
  /** `ageMs`: since the shown state was read. */
  store: Type.Object({ contact: Type.Boolean(), ageMs: Type.Integer() }),
});
export type Status = Answer<Static<typeof Status>>;

/** A refusal, RFC 9457. */
export const ProblemAnswer = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String({ description: 'Stable; what programs should look at.' }),
  detail: Type.String(),
});
