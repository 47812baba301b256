/** The report, as published in docs/report.schema.json. */
import { Type, type Static, type TSchema } from '@sinclair/typebox';

const closed = <T extends Record<string, TSchema>>(properties: T, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description ? { description } : {}) });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const literals = <const T extends readonly string[]>(words: T) =>
  Type.Union(words.map((word: T[number]) => Type.Literal(word)));

const Count = Type.Integer({ minimum: 0 });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Ms = nullable(Type.Number({ minimum: 0 }));
const Mode = literals(['tight', 'hybrid', 'loose']);
const Placements = Type.Record(Type.String(), literals(['bundle', 'service']));
const Instances = Type.Record(Type.String(), Type.Integer({ minimum: 1 }));

const Requests = closed({ total: Count, failed: Count }, 'Requests of the replay, as the client saw them.');

const Audit = closed(
  {
    lostOrders: Count,
    duplicateCharges: Count,
    mixedEpochRoots: Count,
    negativeStock: Count,
    stockMismatch: Count,
    coverage: Share,
  },
  'Coverage: share of the client’s requests whose roots the hosts have on record.',
);

const Switch = closed(
  {
    from: nullable(Mode),
    to: Mode,
    fromPlacements: nullable(Placements),
    toPlacements: Placements,
    fromInstances: nullable(Instances),
    toInstances: Instances,
    prepareMs: Ms,
    routedMs: Ms,
    drainMs: Ms,
    outcome: nullable(literals(['committed', 'aborted', 'reverted', 'unchanged'])),
    source: Type.Optional(literals(['operator-freeze', 'emergency', 'revert', 'operator', 'brain'])),
    reason: Type.Optional(Type.String()),
  },
  'Null times: that point was not reached. Null outcome: it was still open at the end.',
);

const ModeFigures = closed(
  { p50Ms: Ms, p99Ms: Ms, cpuMsPerRequest: Ms, pssMb: Ms },
  'Latency at the client, from the scheduled moment on. CPU and memory of all processes but the load driver (memory: proportional set size on Linux, resident size elsewhere).',
);

const Load = closed({
  scenario: Type.String(),
  seconds: Type.Number({ minimum: 0 }),
  meanRps: Type.Number({ minimum: 0 }),
  peakRps: Type.Number({ minimum: 0 }),
  calibratedRps: nullable(Type.Number({ minimum: 0 })),
  writeShare: Share,
  paidShare: Share,
  ordersPaid: Count,
  ordersUnsettled: Count,
  cards: Type.Record(Type.String(), Count),
  commitsDuringCheckout: nullable(Share),
  sendDelayP99Ms: Type.Number({ minimum: 0, description: 'Large: the load driver itself was short of CPU.' }),
});

const Machine = closed({
  os: Type.String(),
  arch: Type.String(),
  cpu: Type.String(),
  cores: Type.Integer({ minimum: 1 }),
  memoryMb: Type.Integer({ minimum: 1 }),
  node: Type.String(),
});

const Soak = closed(
  {
    switchesAsked: Count,
    switchesCovered: Type.Integer({ minimum: 0, description: 'Committed switches.' }),
    transitions: Type.Record(Type.String(), Count, { description: '"tight>hybrid" and so on → switches.' }),
    placements: Type.Record(Type.String(), Count, {
      description: 'Modules that are services, joined by "+" ("none": all in the bundle) → times entered.',
    }),
  },
  'Of `npm run soak` only.',
);

const Wear = closed(
  {
    minutes: Type.Number({ minimum: 0 }),
    processes: Type.Array(
      closed({
        instance: Type.String(),
        beginMb: Type.Number({ minimum: 0 }),
        endMb: Type.Number({ minimum: 0 }),
        beginDescriptors: Count,
        endDescriptors: Count,
      }),
      { description: 'Those that lived all the time; postgres with its connections.' },
    ),
    memoryGrowth: Type.Number({ description: 'Of these processes together, as a share of the begin.' }),
    connections: closed(
      { begin: Type.Number({ minimum: 0 }), end: Type.Number({ minimum: 0 }) },
      'Processes of Postgres.',
    ),
    throughput: nullable(
      closed(
        { beginRps: Type.Number(), endRps: Type.Number(), drift: Type.Number() },
        'Requests per second in the first and last whole pass of the traffic after the warm-up.',
      ),
    ),
  },
  'What the run did to the processes that lived through it: medians of the second and of the last tenth of the time. Of `npm run soak` only.',
);

const Control = closed(
  {
    controller: literals(['tight', 'tight2', 'loose', 'reactive', 'atlas']),
    speed: Type.Integer({ minimum: 1, description: 'Trace seconds per second.' }),
    from: Type.String({ description: 'Of the trace, ISO 8601.' }),
    to: Type.String(),
    importedMinutes: Count,
    capacity: closed(
      { tight: Type.Number(), tight2: Type.Number(), hybrid: Type.Number(), loose: Type.Number() },
      'What each shape was measured to bear within the intent, requests per second.',
    ),
    intentP99Ms: Type.Number(),
    sloViolationS: Type.Integer({
      minimum: 0,
      description:
        'Real seconds in which p99 was above the intent or more than 0.5 % of the requests failed.',
    }),
    cpuMsPerRequest: nullable(
      Type.Number({
        description: 'Of the whole load, switches included; all processes but the load driver.',
      }),
    ),
    cpuMsPerRequestByApp: Type.Record(Type.String(), Type.Number(), {
      description:
        'The same by app as in run.json, `stack` being what supervises and shows; a host that starts counts for the switcher until it is in run.json.',
    }),
    switches: Type.Integer({ minimum: 0, description: 'That were committed.' }),
    surges: Type.Array(
      closed({
        at: Type.String({ description: 'Of the trace: the first minute above what one bundle bears.' }),
        rps: Type.Number(),
        leadS: nullable(
          Type.Number({
            description:
              'Real seconds from the commit of a shape that bears more to the surge; negative: too late; null: it was in force from the start, or never.',
          }),
        ),
        ready: Type.Boolean({ description: 'Such a shape was in force, before or after.' }),
      }),
    ),
    forecast: Type.Array(
      closed({
        horizonMin: Type.Integer({ minimum: 1 }),
        minutes: Count,
        mapePct: nullable(Type.Number({ minimum: 0 })),
        inBand80: nullable(Share),
      }),
      { description: 'Forecasts of the whole shop against what came.' },
    ),
    minutes: Type.Array(
      closed({
        at: Type.String(),
        rps: Type.Number({ description: 'Seen, per real second.' }),
        in5Rps: nullable(Type.Number({ description: 'Forecast five minutes before.' })),
        in5Low80: nullable(Type.Number({ description: 'Lower end of the 80 % band of that forecast.' })),
        in5High80: nullable(Type.Number()),
        in15Rps: nullable(Type.Number()),
        in15Low80: nullable(Type.Number()),
        in15High80: nullable(Type.Number()),
        p99Ms: nullable(
          Type.Number({ minimum: 0, description: 'Of the second of it in which this was highest.' }),
        ),
        violatedS: Count,
      }),
    ),
    decisions: Type.Array(
      closed({
        at: Type.String({ description: 'Of the trace, ISO 8601.' }),
        rule: Type.String(),
        because: Type.String(),
        to: Type.String({ description: 'The shape that was proposed.' }),
        outcome: nullable(Type.String()),
      }),
      { description: 'Those that proposed something; the newest hundred.' },
    ),
  },
  'Of a replay in the time of a trace: how whoever moved the shape did.',
);

export const ReportSchema = Type.Object(
  {
    verdict: literals(['pass', 'fail']),
    reasons: Type.Array(Type.String(), { description: 'Why it is not a pass; empty when it is.' }),
    requests: Requests,
    audit: nullable(Audit),
    auditProblems: Type.Array(Type.String()),
    switches: Type.Array(Switch),
    byMode: closed({
      tight: Type.Optional(ModeFigures),
      hybrid: Type.Optional(ModeFigures),
      loose: Type.Optional(ModeFigures),
    }),
    load: Load,
    control: Type.Optional(Control),
    soak: Type.Optional(Soak),
    wear: Type.Optional(Wear),
    seed: Type.Integer({ minimum: 0 }),
    commit: nullable(
      Type.String({ description: 'Null outside of a git checkout; "+" at the end: with local changes.' }),
    ),
    build: Type.String(),
    startedAt: Type.String({ description: 'ISO 8601.' }),
    machine: Machine,
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'ATLAS report',
    description: 'What `npm start` and `npm run soak` write with --report. Times in ms.',
    additionalProperties: false,
  },
);

export type Report = Static<typeof ReportSchema>;
export type ReportSwitch = Report['switches'][number];
