import { parseSetting, type ConfigOf, type ConfigSpec, type Setting } from './setting.ts';

/** The environment does not fit; `message` is one line that names every key at fault and no secret's value. */
export class ConfigError extends Error {
  readonly keys: readonly string[];
  constructor(problems: readonly { readonly key: string; readonly says: string }[]) {
    super(problems.map(({ key, says }) => `${key} ${says}`).join('; '));
    this.name = 'ConfigError';
    this.keys = problems.map(({ key }) => key);
  }
}

const SPEC_KEY = /^ATLAS_[A-Z0-9_]+$/;

/**
 * Declares the variables of one process and keeps their literal types.
 * @throws TypeError when a key is not `ATLAS_UPPER_CASE`.
 */
export function defineConfig<const Spec extends ConfigSpec>(spec: Spec): Spec {
  for (const key of Object.keys(spec)) {
    if (!SPEC_KEY.test(key)) throw new TypeError(`config key "${key}" must match ${SPEC_KEY}`);
  }
  return spec;
}

/** Number of single-character edits between two short words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function unknown(key: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, edits: distance(key, candidate) }))
    .sort((a, b) => a.edits - b.edits)[0];
  return near && near.edits <= 3
    ? `is not known here; did you mean ${near.candidate}?`
    : 'is not known here; remove it';
}

/** Longest part of a bad value that a message repeats. */
const SHOWN_CHARACTERS = 60;

function read(setting: Setting, text: string | undefined): { value: unknown } | { says: string } {
  if (text === undefined || text === '') {
    if (setting.default !== undefined) return { value: setting.default };
    if (setting.optional) return { value: undefined };
    return { says: `is missing (${setting.describe})` };
  }
  const parsed = parseSetting(setting, text);
  if ('value' in parsed) return parsed;
  const shown = setting.secret ? 'the value' : JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
  return { says: `${shown} ${parsed.problem}`.replace(/^"/, '= "') };
}

/**
 * Resolves a configuration once: environment, else default, else an error. An empty variable counts as absent.
 * The result is frozen.
 * @throws ConfigError for unknown `ATLAS_` keys, bad values and missing ones, all in one line.
 */
export function loadConfig<const Spec extends ConfigSpec>(
  spec: Spec,
  env: Readonly<Record<string, string | undefined>>,
): ConfigOf<Spec> {
  const known = Object.keys(spec);
  const problems = Object.keys(env)
    .filter((key) => key.startsWith('ATLAS_') && !Object.hasOwn(spec, key))
    .sort()
    .map((key) => ({ key, says: unknown(key, known) }));
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(spec)) {
    const result = read(setting, env[key]);
    if ('says' in result) problems.push({ key, says: result.says });
    else values[key] = result.value;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as ConfigOf<Spec>;
}
