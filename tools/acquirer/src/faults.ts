/** The bank's illnesses, switched on and off by `POST /v1/faults`; gone after a restart. */

export interface BankFaults {
  /** Waited before each write is looked at, in milliseconds, 0–60,000. */
  readonly latencyMs: number;
  /** Share of writes answered with 500, half of them after their effect. 0–1. */
  readonly errorRate: number;
  /** Share of writes that never get an answer, half of them after their effect. 0–1. */
  readonly timeoutRate: number;
  /** Every write's connection is cut before anything happens. */
  readonly down: boolean;
}

export const HEALTHY: BankFaults = { latencyMs: 0, errorRate: 0, timeoutRate: 0, down: false };

/** What a fault does to one write: `before` its effect or `after` it. */
export interface Affliction {
  readonly kind: 'error' | 'silence';
  readonly when: 'before' | 'after';
}

/** Draws the affliction of one write; `random` gives numbers in [0, 1). */
export function draw(faults: BankFaults, random: () => number): Affliction | undefined {
  const lot = random();
  if (lot >= faults.errorRate + faults.timeoutRate) return undefined;
  return {
    kind: lot < faults.errorRate ? 'error' : 'silence',
    when: random() < 0.5 ? 'before' : 'after',
  };
}

const within = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= max;

/** Reads a request's body: absent fields are healthy, unknown ones refused. Returns what is wrong as a sentence. */
export function parseFaults(body: unknown): BankFaults | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'the body must be an object';
  const unknown = Object.keys(body).find((key) => !Object.hasOwn(HEALTHY, key));
  if (unknown !== undefined) return `unknown field "${unknown}"`;
  const wanted: Record<keyof BankFaults, unknown> = { ...HEALTHY, ...body };
  const { latencyMs, errorRate, timeoutRate, down } = wanted;
  if (!within(latencyMs, 60_000)) return 'latencyMs must be a number from 0 to 60000';
  if (!within(errorRate, 1)) return 'errorRate must be a number from 0 to 1';
  if (!within(timeoutRate, 1)) return 'timeoutRate must be a number from 0 to 1';
  if (typeof down !== 'boolean') return 'down must be true or false';
  return { latencyMs, errorRate, timeoutRate, down };
}
