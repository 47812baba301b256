import { isDeepStrictEqual, inspect } from 'node:util';
import {
  BusinessError,
  PlatformError,
  type Call,
  type Client,
  type Contract,
  type Coupling,
  type InputOf,
  type ModuleImplementation,
} from '@atlas/coupling-runtime';
import { createTestCoupling, type TestCoupling, type TestPlacement } from './test-coupling.ts';
import { throughJson } from './memory-connector.ts';

/** What a caller can see of one call. */
export type Answer =
  | { readonly output: unknown }
  | { readonly error: { readonly kind: string; readonly code: string; readonly details?: unknown } };

/** One call; the cases of one conformance run share a fresh implementation, and are run in order. */
export type ConformCase<C extends Contract> = {
  readonly [K in keyof C['operations'] & string]: {
    readonly name: string;
    readonly operation: K;
    readonly input: InputOf<C['operations'][K]>;
    /** Needed by keyed operations. */
    readonly key?: string;
    /** What every placement must answer; absent: only that they answer equally. */
    readonly expected?: Answer;
  };
}[keyof C['operations'] & string];

export interface ConformOptions {
  /** Fakes of the modules that the implementation calls. */
  readonly others?: (coupling: Coupling) => readonly ModuleImplementation[];
  /** Takes out what may differ, e.g. drawn ids. */
  readonly comparable?: (answer: Answer) => Answer;
}

const PLACEMENTS: readonly TestPlacement[] = ['local', 'encoded', 'remote'];

/** Errors as a caller sees them: no code means `internal`, whose message never travels. */
function errorSeen(error: unknown): Answer {
  if (error instanceof BusinessError) {
    const { kind, code, details } = error;
    return { error: details === undefined ? { kind, code } : { kind, code, details } };
  }
  if (error instanceof PlatformError) return { error: { kind: error.kind, code: error.code } };
  return { error: { kind: 'platform', code: 'internal' } };
}

async function answerOf<C extends Contract>(
  coupling: TestCoupling,
  contract: C,
  one: ConformCase<C>,
): Promise<Answer> {
  const client: Client<C> = coupling.client(contract);
  const call: Call = coupling.callOf(one.key === undefined ? {} : { key: one.key });
  const invoke = client[one.operation] as (input: unknown, call: Call) => Promise<unknown>;
  return invoke(one.input, call).then((output) => ({ output }), errorSeen);
}

async function answersIn<C extends Contract>(
  placement: TestPlacement,
  contract: C,
  make: (coupling: Coupling) => ModuleImplementation,
  cases: readonly ConformCase<C>[],
  options: ConformOptions,
): Promise<Answer[]> {
  const coupling = createTestCoupling({ placement });
  try {
    coupling.register(make(coupling.coupling));
    for (const other of options.others?.(coupling.coupling) ?? []) coupling.register(other);
    await coupling.start();
    const answers: Answer[] = [];
    for (const one of cases) answers.push(await answerOf(coupling, contract, one));
    return answers.map(options.comparable ?? ((answer) => answer));
  } finally {
    await coupling.close();
  }
}

/**
 * Runs every case local, local-encoded and remote, each time on a fresh implementation; all must answer equally, and
 * as expected where the case says what.
 * @throws Error that lists every case that differs, with its answers.
 */
export async function conform<C extends Contract>(
  contract: C,
  make: (coupling: Coupling) => ModuleImplementation,
  cases: readonly ConformCase<C>[],
  options: ConformOptions = {},
): Promise<void> {
  const all = new Map<TestPlacement, Answer[]>();
  for (const placement of PLACEMENTS)
    all.set(placement, await answersIn(placement, contract, make, cases, options));
  const differences: string[] = [];
  cases.forEach((one, at) => {
    const local = all.get('local')?.[at];
    const wanted = one.expected ?? local;
    for (const placement of PLACEMENTS) {
      const answer = all.get(placement)?.[at];
      if (!isDeepStrictEqual(answer, wanted))
        differences.push(
          `${one.name}, ${placement}: ${inspect(answer, { depth: 6 })} instead of ${inspect(wanted, { depth: 6 })}`,
        );
    }
    if (!isDeepStrictEqual(local, throughJson(local)))
      differences.push(
        `${one.name}: the local answer does not survive JSON: ${inspect(local, { depth: 6 })}`,
      );
  });
  if (differences.length > 0)
    throw new Error(`${contract.module} answers differently:\n${differences.join('\n')}`);
}
