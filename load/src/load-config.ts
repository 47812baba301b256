import { readFileSync } from 'node:fs';
import { Type, type TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { MIXES } from './journey.ts';
import { LOAD_DEFAULTS, type LoadConfig } from './protocol.ts';

const closed = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

const Rate = Type.Number({ exclusiveMinimum: 0, maximum: 100_000 });

const LoadConfigSchema = closed({
  edgeUrl: Type.String({ pattern: '^https?://[^/]+$' }),
  mode: Type.Union(['replay', 'continuous', 'steady'].map((mode) => Type.Literal(mode))),
  trace: closed({ file: Type.String({ minLength: 1 }), from: Type.String(), to: Type.String() }),
  durationS: Type.Number({ minimum: 0, maximum: 604_800 }),
  peakRps: Type.Union([Rate, Type.Literal('auto')]),
  calibrationS: Type.Number({ minimum: 0.5, maximum: 60 }),
  warmUpS: Type.Number({ minimum: 0, maximum: 60 }),
  thinkMs: Type.Number({ minimum: 0, maximum: 60_000 }),
  mix: Type.Union(Object.keys(MIXES).map((name) => Type.Literal(name))),
  slowCard: Type.Boolean(),
  seed: Type.Integer(),
  startAtMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  logFile: Type.Union([Type.String({ minLength: 1 }), Type.Null()]),
  settleS: Type.Number({ minimum: 0, maximum: 600 }),
  requestTimeoutMs: Type.Integer({ minimum: 100, maximum: 600_000 }),
  connections: Type.Integer({ minimum: 1, maximum: 10_000 }),
});

/**
 * Completes and checks a configuration: JSON text, or the path of a file that holds it.
 * @throws Error naming the key that is unknown or does not fit.
 */
export function loadConfigFrom(argument: string): LoadConfig {
  const text = argument.trimStart().startsWith('{') ? argument : readFileSync(argument, 'utf8');
  return checkLoadConfig(JSON.parse(text) as unknown);
}

/** The pure part of `loadConfigFrom`; fields that are left out get `LOAD_DEFAULTS`. */
export function checkLoadConfig(given: unknown): LoadConfig {
  if (typeof given !== 'object' || given === null) throw new Error('load configuration: not a JSON object');
  const whole = { ...LOAD_DEFAULTS, ...given };
  const [problem] = Value.Errors(LoadConfigSchema, whole);
  if (problem !== undefined) {
    throw new Error(`load configuration: ${problem.path.slice(1) || 'edgeUrl'}: ${problem.message}`);
  }
  const config = whole as LoadConfig;
  if (config.mode !== 'steady' && config.durationS === 0) {
    throw new Error('load configuration: durationS: 0 (endless) needs mode "steady"; use mode "continuous"');
  }
  return config;
}
