/** Scenarios: which shape the shop is asked to take, and when, while a replay runs. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const closed = { additionalProperties: false } as const;

const Instances = Type.Optional(
  Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]*$' }), Type.Integer({ minimum: 1, maximum: 16 }), {
    description: 'Instances of the bundle and of each module that is a service; 1 where nothing is said.',
  }),
);

const Target = Type.Union(
  [
    Type.Object(
      {
        mode: Type.Union(['tight', 'hybrid', 'loose'].map((mode) => Type.Literal(mode))),
        instances: Instances,
      },
      closed,
    ),
    Type.Object(
      {
        placements: Type.Record(
          Type.String({ pattern: '^[a-z][a-z0-9-]*$' }),
          Type.Union(['bundle', 'service'].map((placement) => Type.Literal(placement))),
          { minProperties: 1, description: 'Module name to placement.' },
        ),
        instances: Instances,
      },
      closed,
    ),
  ],
  { description: 'What is asked of the switcher, as in POST /v1/switches.' },
);

const Step = Type.Object(
  {
    at: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Literal('afterPrevious')], {
      description: 'Share of the replay that is over, 0-1; never before the previous step has ended.',
    }),
    target: Target,
    note: Type.Optional(Type.String({ maxLength: 200, description: 'Shown to whoever watches.' })),
  },
  closed,
);

const Instant = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' });

const Traffic = Type.Object(
  {
    trace: Type.String({
      pattern: '^[a-z0-9][a-z0-9.-]*\\.csv(\\.gz)?$',
      description: 'File in load/traces: its rates are a shape, scaled to what this machine bears.',
    }),
    from: Instant,
    to: Instant,
    historyFrom: Type.Optional(
      Type.String({
        pattern: Instant.pattern ?? '',
        description: 'Rows from here until `from` are what the brain remembers of the days before.',
      }),
    ),
    sales: Type.Optional(
      Type.Array(
        Type.Object(
          {
            from: Instant,
            minutes: Type.Integer({ minimum: 1, maximum: 44_640 }),
            times: Type.Number({ minimum: 0.01, maximum: 1_000 }),
          },
          closed,
        ),
        { maxItems: 100, description: "Sales in the brain's calendar." },
      ),
    ),
    speed: Type.Integer({ minimum: 1, maximum: 60, description: 'Trace seconds per second.' }),
  },
  { ...closed, description: 'Traffic in the time of a trace, under the brain or another controller.' },
);

/** The published schema: `load/scenarios/scenario.schema.json` is this object. */
export const ScenarioSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    name: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
    description: Type.Optional(Type.String()),
    traffic: Type.Optional(Traffic),
    steps: Type.Array(Step, { maxItems: 1_000 }),
  },
  { ...closed, $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'ATLAS scenario' },
);

export type Scenario = Static<typeof ScenarioSchema>;
export type ScenarioTraffic = Static<typeof Traffic>;
export type ScenarioStep = Scenario['steps'][number];

/**
 * Reads a scenario from its JSON text.
 * @throws Error naming the place that does not fit: bad JSON, unknown keys, times that are none or run backwards.
 */
export function parseScenario(text: string): Scenario {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`scenario: not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!Value.Check(ScenarioSchema, value)) {
    const [problem] = Value.Errors(ScenarioSchema, value);
    throw new Error(`scenario: ${problem?.path || '/'}: ${problem?.message ?? 'does not fit'}`);
  }
  checkTimes(value);
  return value;
}

function checkTimes({ steps, traffic }: Scenario): void {
  if (traffic && steps.length > 0)
    throw new Error('scenario: /traffic: a controller moves the shape, so no step may');
  for (const [place, time] of instantsOf(traffic))
    if (!isInstant(time)) throw new Error(`scenario: /traffic/${place}: there is no time "${time}"`);
  let last = 0;
  steps.forEach(({ at }, i) => {
    if (at === 'afterPrevious') {
      if (i === 0) throw new Error('scenario: /steps/0/at: the first step has no previous one');
      return;
    }
    if (at < last) throw new Error(`scenario: /steps/${i}/at: ${at} is before the step before it (${last})`);
    last = at;
  });
}

/** `Date` knows a 30 February, as 2 March. */
function isInstant(time: string): boolean {
  const [day = ''] = time.split('T');
  return !Number.isNaN(Date.parse(time)) && new Date(day).toISOString().startsWith(day);
}

/** Times of the trace, by their place: the schema knows how they look, not which there are. */
function instantsOf(traffic: ScenarioTraffic | undefined): (readonly [place: string, time: string])[] {
  if (!traffic) return [];
  const { from, to, historyFrom = from, sales = [] } = traffic;
  return [
    ...Object.entries({ from, to, historyFrom }),
    ...sales.map((sale, i) => [`sales/${i}/from`, sale.from] as const),
  ];
}

async function namesIn(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => /^[^.]+\.json$/.test(file));
  return files.map((file) => basename(file, '.json')).sort();
}

/**
 * A scenario by name, from `folder` (`load/scenarios`), or by the path of its file: a name has neither slash nor dot.
 * @throws Error naming the file, or the names that there are.
 */
export async function readScenario(nameOrFile: string, folder: string): Promise<Scenario> {
  const isName = /^[^/\\.]+$/.test(nameOrFile);
  const file = isName ? join(folder, `${nameOrFile}.json`) : nameOrFile;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isName && (error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error(`no scenario "${nameOrFile}"; there are: ${(await namesIn(folder)).join(', ')}`, {
        cause: error,
      });
    throw new Error(`scenario "${nameOrFile}" cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return parseScenario(text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}
