/** As far as one observation leads a switch. Pure. */
import type { AuditBody } from '@atlas/control-store';
import { advance, type Effect, type Observation, type SwitchState, type Table } from '../machine/index.ts';

/** Steps on one observation: more than the longest path, so only a defect reaches it. */
const STEPS_AT_MOST = 16;

export interface Walk {
  readonly state: SwitchState;
  /** The state in which it entered each phase on the way. */
  readonly passed: readonly SwitchState[];
  /** What must be done before it goes on. */
  readonly effects: readonly Effect[];
}

/** Goes on until nothing changes any more, or something must be done first. */
export function walk(from: SwitchState, seen: Observation, table?: Table): Walk {
  const passed: SwitchState[] = [];
  let state = from;
  for (let step = 0; step < STEPS_AT_MOST; step += 1) {
    const next = advance(state, seen, table);
    const stays = next.state === state;
    if (next.state.stage.phase !== state.stage.phase) passed.push(next.state);
    state = next.state;
    if (stays || next.effects.length > 0) return { state, passed, effects: next.effects };
  }
  return { state, passed, effects: [] };
}

/** What the audit log is to say of its steps. */
export const entriesOf = ({ id, notes }: SwitchState): AuditBody[] =>
  notes.map(({ key, at, event, detail }) => ({ event, key, switch: id, occurredAt: at, ...detail }));
