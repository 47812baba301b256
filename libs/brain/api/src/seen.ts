/** What the brain sees and expects: one second of the shop, and forecasts. */
import { maybe, nullable, oneOf, type Answer } from '@atlas/control-api/schema';
import { Type, type Static, type TSchema } from '@sinclair/typebox';

const Rate = (description: string) => Type.Number({ minimum: 0, description });
const Ms = (description: string) => nullable(Type.Number({ minimum: 0, description }));
const Bytes = nullable(
  Type.Number({ minimum: 0, description: 'Per second; null: its system does not tell' }),
);
const by = <T extends TSchema>(schema: T, description: string) =>
  Type.Record(Type.String(), schema, { description });

const answers = {
  arrivals: Rate('Requests per second, refused ones too; more than `rps`: the shop is behind'),
  rps: Rate('Answers per second'),
  p50: Ms('Latency; null: there were no answers'),
  p95: Ms('Latency'),
  p99: Ms('Latency'),
  clientErrors: Rate('4xx per second'),
  serverErrors: Rate('5xx per second'),
};
const Answers = Type.Object(answers);

const FLAWS = [
  ...(['missing', 'unreadable', 'first', 'replayed', 'late', 'absurd', 'clock-jump'] as const),
  'no-bundle',
] as const;

/** One second of the whole shop. */
export const SecondView = Type.Object({
  at: Type.Integer({ description: 'Its start, ms since 1970' }),
  covered: Type.Number({
    minimum: 0,
    maximum: 1,
    description: '0: a bundle was not seen, rates mean nothing',
  }),
  answers: Answers,
  operations: by(Answers, 'Operation → its answers'),
  modules: by(
    Type.Object({
      ...answers,
      stress: Type.Number({ minimum: 0, maximum: 1, description: 'Share of the CPU time of all modules' }),
      poolQueue: Type.Number({ minimum: 0, description: 'Callers that wait for a database connection' }),
      logLagS: nullable(Type.Number({ minimum: 0, description: 'Seconds behind the event log' })),
    }),
    'Module → what it did',
  ),
  hosts: by(
    Type.Object({
      cpu: Type.Number({ minimum: 0, description: 'Cores' }),
      memoryMb: Type.Number({ minimum: 0 }),
      loopDelayMs: Type.Number({ minimum: 0 }),
      receivedBytes: Bytes,
      sentBytes: Bytes,
      readBytes: Bytes,
      writtenBytes: Bytes,
    }),
    'Instance → what it took',
  ),
  flaws: Type.Array(Type.Object({ instance: Type.String(), flaw: oneOf(...FLAWS) }), {
    description: 'What of it could not be believed',
  }),
});
export type SecondView = Answer<Static<typeof SecondView>>;

/** How unusual a second is, and what of it most. */
export const ScoreView = Type.Object({
  score: Type.Number({ minimum: 0, maximum: 1 }),
  because: Type.Array(Type.String()),
});

export const Band = Type.Object({ low: Rate('Requests per second'), high: Rate('Requests per second') });
export type Band = Answer<Static<typeof Band>>;

const forecast = {
  horizonMin: Type.Integer({ minimum: 1, description: 'Minutes ahead' }),
  rps: Rate('Requests per second, with the least expected relative error'),
  meanRps: Type.Optional(
    Rate('The mean that is expected: decisions go by it. Absent: stored by an older build'),
  ),
  band80: Band,
  band95: Band,
  experts: Type.Array(
    Type.Object({
      name: Type.String(),
      rps: Rate('Its own opinion'),
      weight: Type.Number({ minimum: 0, maximum: 1 }),
    }),
    { description: 'The weightiest first' },
  ),
};

/** One horizon of one series. */
export const ForecastView = Type.Object({
  ...forecast,
  at: Type.String({ format: 'date-time', description: 'The minute that is forecast' }),
});
export type ForecastView = Answer<Static<typeof ForecastView>>;

/** The same as it is stored with a decision. */
export const StoredForecast = Type.Object({
  ...forecast,
  minute: Type.Integer({ description: 'The minute that is forecast, since 1970' }),
});

const Layout = Type.Object({
  placements: by(oneOf('bundle', 'service'), 'Module → where its primary is'),
  instances: by(Type.Integer({ minimum: 1 }), '"bundle" or a service → number of instances'),
  canary: by(Type.Number(), 'Module → share of its calls that go to the service'),
  configVersion: Type.Integer(),
});
export { Layout as ProposedLayout };
export type ProposedLayout = Answer<Static<typeof Layout>>;

/** What a decision is taken on. */
export const ObservationView = Type.Object({
  atMs: Type.Number({
    description: 'Trace time, ms since 1970; real time unless a trace is replayed faster',
  }),
  epoch: Type.Integer(),
  layout: Layout,
  rps: Rate('Requests per second that arrive now'),
  stress: by(Type.Number({ minimum: 0, maximum: 1 }), 'Module → its share of the CPU time of all modules'),
  strain: Type.Number({
    minimum: 0,
    maximum: 1,
    description: 'Share of the last seconds that were too slow',
  }),
  borneRps: nullable(Type.Number({ description: 'Answers per second of a shop that is behind' })),
  anomaly: nullable(Type.Number({ minimum: 0, maximum: 1 })),
  crashed: Type.Array(Type.String(), { description: 'Modules' }),
  ready: by(Type.Integer({ minimum: 0 }), 'Module → processes of its service that are there'),
});

export const OutlookView = Type.Object(
  {
    in5Rps: Rate('5 minutes ahead'),
    in15Rps: Rate('15 minutes ahead'),
    in60Rps: Rate('60 minutes ahead'),
  },
  { description: 'Forecasts; of a known sale that is over by then, if it is more' },
);

/** What is remembered from decision to decision. */
export const StateView = Type.Object({
  lowSinceMs: nullable(Type.Number({ description: 'Since when the rate is low enough to go down' })),
  movedAtMs: nullable(Type.Number({ description: 'When the shop last moved' })),
  takenBack: maybe(
    Type.Array(
      Type.Object({
        rung: Type.String(),
        epoch: nullable(Type.Integer({ description: 'That was taken back; null: none of it was in force' })),
        times: Type.Integer(),
        atMs: Type.Number(),
        why: maybe(Type.String({ description: 'What became of it the last time' })),
        late: maybe(Type.Boolean({ description: 'Services of it did not start' })),
      }),
      { description: 'Rungs that failed lately, and rest' },
    ),
  ),
  reactive: maybe(
    Type.Object(
      {
        polledAtMs: Type.Number(),
        wish: nullable(Type.Object({ side: oneOf('rise', 'fall'), sinceMs: Type.Number() })),
      },
      { description: 'Of the reactive controller only' },
    ),
  ),
});
