/**
 * Guardrails of what the brain proposes: policies in Rego (infra/policies), compiled to Wasm, evaluated in process.
 *
 * R1  Only an empty answer of the policy allows. A policy that cannot be loaded, fails, or answers anything else denies.
 * R2  Emergencies and reverts are allowed whatever the policy does.
 */
import { loadPolicy } from '@open-policy-agent/opa-wasm';
import type { Layout } from '@atlas/control-layout';
import { sentenceOf } from './sentence.ts';

export interface Limits {
  /** Nothing moves from `fromMs` until before `toMs`, ms since 1970. */
  readonly freezes: readonly { readonly fromMs: number; readonly toMs: number; readonly reason: string }[];
  /** Of one host. */
  readonly mostInstances: number;
  /** Bundles and instances of services together. */
  readonly mostHosts: number;
  readonly leastBetweenMs: number;
  /** Modules whose placement may change; null: all. */
  readonly allowedModules: readonly string[] | null;
  /** null: no ceiling. */
  readonly mostUsdPerDay: number | null;
}

export interface Asked {
  readonly source: 'brain' | 'operator' | 'emergency' | 'revert';
  readonly atMs: number;
  /** null: there was none. */
  readonly lastSwitchAtMs: number | null;
  /** Predicted cost of `to`; null: not known. */
  readonly usdPerDay: number | null;
  readonly from: Layout;
  readonly to: Layout;
  readonly limits: Limits;
}

export interface Verdict {
  readonly allowed: boolean;
  /** One sentence for each rule that is broken, sorted. */
  readonly because: readonly string[];
}

export type Guardrails = (asked: Asked) => Verdict;

const ALLOWED: Verdict = { allowed: true, because: [] };
const exempt = ({ source }: Asked): boolean => source === 'emergency' || source === 'revert';

/** @param wasm the built policy, `guardrails.wasm`; never rejects (R1) */
export async function loadGuardrails(wasm: Uint8Array<ArrayBuffer>): Promise<Guardrails> {
  try {
    const policy = await loadPolicy(wasm);
    return (asked) => (exempt(asked) ? ALLOWED : verdictOf(() => policy.evaluate(jsonOf(asked)) as unknown));
  } catch (error) {
    const denied = failed(error);
    return (asked) => (exempt(asked) ? ALLOWED : denied);
  }
}

/** JSON would turn NaN into null, which is "there was none" to the policy; a text is no number to it (R1). */
function jsonOf(asked: Asked): ArrayBuffer {
  const told = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  return new TextEncoder().encode(JSON.stringify(asked, told)).buffer;
}

function verdictOf(evaluate: () => unknown): Verdict {
  try {
    const answer = evaluate();
    const broken = brokenOf(answer);
    if (!broken) return failed(new Error(`it answered ${JSON.stringify(answer)}`));
    return broken.length === 0 ? ALLOWED : { allowed: false, because: broken.map(sentenceOf).sort() };
  } catch (error) {
    return failed(error);
  }
}

type Rule = Readonly<Record<string, unknown>>;
const isRule = (rule: unknown): rule is Rule => typeof rule === 'object' && rule !== null;

/** The result set of the one entry point: `[{ result: [rule, …] }]`. */
function brokenOf(answer: unknown): readonly Rule[] | undefined {
  if (!Array.isArray(answer) || answer.length !== 1) return undefined;
  const { result } = (answer[0] ?? {}) as { readonly result?: unknown };
  return Array.isArray(result) && result.every(isRule) ? result : undefined;
}

const failed = (error: unknown): Verdict => ({
  allowed: false,
  because: [`the policy failed: ${error instanceof Error ? error.message : String(error)}`],
});
