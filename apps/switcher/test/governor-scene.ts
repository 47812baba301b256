import { expect } from 'vitest';
import type { Control } from '../src/engine/control.ts';
import type { Scene } from './running.ts';

export const HYBRID = { mode: 'hybrid', source: 'brain', reason: 'a surge comes' } as const;
export const BROKEN = { ...HYBRID, guardrails: ['too dear'] };

/** What waits for a person to approve it, of a wish that the level does not let through. */
export async function waiting({ control }: Scene, wish: Parameters<Control['propose']>[0] = HYBRID) {
  const answer = await control.propose(wish);
  if (answer.kind !== 'waiting') throw new Error(`it is ${answer.kind}`);
  return answer.waiting;
}
export const states = ({ control }: Scene) => control.proposals().map(({ state }) => state);
export const audited = async ({ cluster }: Scene) =>
  (await cluster.store().readAudit({ after: 0, limit: 100 })).map(({ body }) => body);
export const refusedAs = (code: string) => expect.objectContaining({ code });
