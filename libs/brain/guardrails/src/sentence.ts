/** Words for what the policy answers: it names a rule and its numbers. */

interface Broken {
  readonly rule?: unknown;
  readonly [field: string]: unknown;
}

const number = (value: unknown): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(6))) : '?';
const text = (value: unknown): string => (typeof value === 'string' ? value : '?');
const seconds = (ms: unknown): string => (typeof ms === 'number' ? `${ms / 1_000} s` : '?');
const time = (ms: unknown): string =>
  typeof ms === 'number' && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : '?';

const SENTENCES: Readonly<Record<string, (broken: Broken) => string>> = {
  input: () => 'what is proposed is incomplete or makes no sense',
  freeze: ({ reason, untilMs }) => `frozen until ${time(untilMs)}: ${text(reason)}`,
  instances: ({ host, value, limit }) =>
    `${number(value)} instances of ${text(host)}, at most ${number(limit)}`,
  hosts: ({ value, limit }) => `${number(value)} hosts, at most ${number(limit)}`,
  'too-soon': ({ value, limit }) => `${seconds(value)} after the last switch, at least ${seconds(limit)}`,
  module: ({ module }) => `${text(module)} may not be moved`,
  cost: ({ value, limit }) => `${number(value)} USD a day, at most ${number(limit)}`,
  'cost-unknown': ({ limit }) => `the cost is not known, at most ${number(limit)} USD a day`,
};

/** A rule that has no words yet is shown as it is. */
export function sentenceOf(broken: Broken): string {
  const words =
    typeof broken.rule === 'string' && Object.hasOwn(SENTENCES, broken.rule) && SENTENCES[broken.rule];
  return words ? words(broken) : `broken: ${JSON.stringify(broken)}`;
}
