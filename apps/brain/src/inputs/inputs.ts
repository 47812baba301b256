/**
 * Files that an operator, or a measurement, gives to the brain. One that is named must be there; without a name the one
 * in the stack's folder counts, if there is one. What is wrong in a file is refused in one line, never guessed.
 */
import { atSpeed, measuredPolicy, PAPER, parseCapacity, type Policy } from '@atlas/brain-decision';
import { loadGuardrails, type Guardrails, type Limits } from '@atlas/brain-guardrails';
import { parseIntent, type Intent, type ParsedDocument } from '@atlas/brain-optimiser';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrainConfig } from '../brain.config.ts';
import { traceTimeOf } from '../clocks.ts';
import { DEFAULT_LIMITS, parseLimits } from './limits.ts';

export interface Inputs {
  readonly policy: { readonly name: string; readonly rules: Policy };
  readonly limits: Limits;
  readonly intent: Intent;
  readonly guardrails: Guardrails;
}

/** Without a file: that of docs/intent.example.yaml, with the p99 within which the capacity was measured. */
export const DEFAULT_INTENT: Intent = {
  latency_p99_ms: 200,
  daily_cost_usd: 50,
  availability: 99.9,
  replicas: 8,
};

/** @throws Error that names the file */
async function textOf(named: string | undefined, usual: string): Promise<string | undefined> {
  try {
    return await readFile(named ?? usual, 'utf8');
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${named ?? usual} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function read<T>(
  file: readonly [named: string | undefined, usual: string],
  parse: (text: string) => ParsedDocument<T>,
): Promise<T | undefined> {
  const text = await textOf(...file);
  if (text === undefined) return undefined;
  const parsed = parse(text);
  if (parsed.ok) return parsed.value;
  throw new Error(`${file[0] ?? file[1]}: ${parsed.problem}`);
}

const PAPER_POLICY = { name: 'paper', rules: PAPER };

/** A policy that is not there denies (R1 of the guardrails). */
const wasmOf = (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(path).then(
    (bytes) => new Uint8Array(bytes),
    () => new Uint8Array(),
  );

/** @throws Error in one line that names the file, and the field that is wrong. */
export async function readInputs(config: BrainConfig): Promise<Inputs> {
  const home = config.ATLAS_HOME;
  const capacity = await read([config.ATLAS_CAPACITY, join(home, 'capacity.json')], parseCapacity);
  const { name, rules } =
    capacity && config.ATLAS_PROFILE === 'measured'
      ? { name: 'measured', rules: measuredPolicy(capacity) }
      : PAPER_POLICY;
  const usual = { ...DEFAULT_INTENT, latency_p99_ms: capacity?.intentP99Ms ?? DEFAULT_INTENT.latency_p99_ms };
  return {
    policy: { name, rules: atSpeed(rules, traceTimeOf(config).speed) },
    limits: (await read([config.ATLAS_LIMITS, join(home, 'limits.yaml')], parseLimits)) ?? DEFAULT_LIMITS,
    intent: (await read([config.ATLAS_INTENT, join(home, 'intent.yaml')], parseIntent)) ?? usual,
    guardrails: await loadGuardrails(await wasmOf(config.ATLAS_GUARDRAILS)),
  };
}
