/**
 * The decision table (§5.4, §15) with hysteresis, as a pure function: what is seen and expected goes in, a proposal and
 * its reasons come out. The switcher has the last word.
 *
 * T1  An emergency (crash, anomaly, overload) is decided at once, whatever else holds; it never goes down.
 * T2  Otherwise two moves are a cool-down apart: a load that swings makes one move per cool-down at the most.
 * T3  Down only after the rate was below the rung's `leaveRps` all through `holdMs`, and nothing says that it will rise.
 * T4  More load never means a lighter shape.
 * T5  A shop in strain bears less than was measured: it goes up one rung at least, and never down. If it is behind, too,
 *     that is an overload, and tells how much less each rung bears.
 * T6  An overload goes to a rung that has room for more of it, and to the one that is kept warm if there is one: a second
 *     move would find the first one under way, and a cold rung starts for seconds in which the surge goes on.
 * T7  A shape that a trial took back rests (`rest.ts`); only an emergency goes to it before.
 * T8  The same inputs give the same answer: time is an input.
 */
import type { Layout } from '@atlas/control-layout';
import type { Observation, Outlook } from './observation.ts';
import type { Policy } from './policy.ts';
import { rested, restOf, type TakenBack } from './rest.ts';
import { layoutOf, rungAt, rungOf, stressed } from './shape.ts';

/** What the reactive controller remembers from look to look. */
export interface Reactive {
  readonly polledAtMs: number;
  /** What it has wanted since when; null: to stay. */
  readonly wish: { readonly side: 'rise' | 'fall'; readonly sinceMs: number } | null;
}

/** What is remembered from decision to decision; durable in the brain's store. */
export interface DecisionState {
  /** Since when the rate has been below the present rung's `leaveRps`; null when it is not. */
  readonly lowSinceMs: number | null;
  /** When the shop last moved, or began to; null: never, as far as is known. */
  readonly movedAtMs: number | null;
  /** Rungs that trials took back lately. */
  readonly takenBack?: readonly TakenBack[];
  /** Of the reactive controller only. */
  readonly reactive?: Reactive;
}

export const INITIAL_STATE: DecisionState = { lowSinceMs: null, movedAtMs: null };

/**
 * What is remembered once a move was truly begun, of what was before. A decision alone moves nothing: the switcher may
 * refuse it.
 */
export const moved = (atMs: number, { takenBack }: Pick<DecisionState, 'takenBack'> = {}): DecisionState => ({
  ...{ lowSinceMs: null, movedAtMs: atMs },
  ...(takenBack && { takenBack }),
});

export type RuleName = 'crash' | 'anomaly' | 'overload' | 'strain' | 'rise' | 'fall' | 'pre-warm' | 'stay';

export interface Rule {
  readonly name: RuleName;
  readonly fired: boolean;
  /** One sentence with the numbers. */
  readonly because: string;
}

export type Proposal =
  | {
      readonly kind: 'move';
      readonly source: 'brain' | 'emergency';
      readonly rung: number;
      readonly to: Layout;
    }
  /** Start what the layout needs, and switch nothing yet. */
  | { readonly kind: 'pre-warm'; readonly rung: number; readonly to: Layout }
  | { readonly kind: 'none' };

export interface Decision {
  readonly proposal: Proposal;
  /** The rule that decided. */
  readonly rule: RuleName;
  /** All rules in the order of their rank, those after the deciding one included. */
  readonly rules: readonly Rule[];
  /** What to remember; once it is moved, `moved`. */
  readonly state: DecisionState;
}

/** What turns what is seen and expected into a decision. Pure. */
export type Controller = (
  seen: Observation,
  outlook: Outlook,
  policy: Policy,
  state: DecisionState,
) => Decision;

interface Situation {
  readonly seen: Observation;
  readonly outlook: Outlook;
  readonly policy: Policy;
  readonly state: DecisionState;
  /** Index of the rung that the shop stands on. */
  readonly at: number;
}

interface Answer extends Rule {
  /** The rung to go to. */
  readonly rung: number;
}

/** The highest rung that a rate enters. */
export const enteredBy = (rps: number, { rungs }: Policy): number =>
  Math.max(
    0,
    rungs.findLastIndex(({ enterRps }) => rps >= enterRps),
  );

const rate = (rps: number): string => `${Math.round(rps)} requests/s`;

function crash({ seen, policy, at }: Situation): Answer {
  const names = seen.crashed.join(', ');
  return {
    name: 'crash',
    fired: seen.crashed.length > 0 && policy.emergencyRung > at,
    rung: Math.max(at, policy.emergencyRung),
    because: names === '' ? 'no module has crashed' : `crashed: ${names}`,
  };
}

function anomaly({ seen, policy, at }: Situation): Answer {
  const score = seen.anomaly ?? 0;
  return {
    name: 'anomaly',
    fired: score > policy.anomalyAbove && policy.emergencyRung > at,
    rung: Math.max(at, policy.emergencyRung),
    because:
      seen.anomaly === null
        ? 'no anomaly score is known'
        : `anomaly ${score.toFixed(2)}, limit ${policy.anomalyAbove}`,
  };
}

function overload(situation: Situation): Answer {
  const { seen, policy, at } = situation;
  const measured = rungAt(policy, at).bearsRps;
  const borne = borneOf(situation, measured);
  const room = (seen.rps * policy.emergencyRoom * measured) / Math.max(1, borne); // T5, T6
  const warm = policy.insuredRung ?? 0; // T6
  const next = Math.min(Math.max(at + 1, enteredBy(room, policy), warm), policy.rungs.length - 1);
  const instead = borne < measured ? ` of ${rate(measured)} that were measured` : '';
  return {
    name: 'overload',
    fired: seen.rps > borne && next > at,
    rung: Math.max(at, next),
    because: `${rate(seen.rps)} now, ${rate(borne)} are borne${instead}`,
  };
}

/** T5. */
const borneOf = ({ seen, policy }: Situation, measured: number): number =>
  seen.strain > policy.behindAbove ? Math.min(measured, seen.borneRps ?? measured) : measured;

/** T2. */
const cooling = ({ seen, policy, state }: Situation): boolean =>
  state.movedAtMs !== null && seen.atMs - state.movedAtMs < policy.coolDownMs;

const strained = ({ seen, policy }: Situation): boolean => seen.strain > policy.strainAbove;

/** The highest rate until a switch would have its effect. */
const expectedOf = ({ seen, outlook }: Situation): number => Math.max(seen.rps, outlook.in5Rps);

/** T7. The rung to go to instead of one that rests, and the words for it. */
function instead(wanted: number, { seen, policy, state, at }: Situation): { rung: number; but: string } {
  const { atMs } = seen;
  const rung = rested(wanted, at, { atMs, state, policy });
  if (rung === wanted) return { rung, but: '' };
  const { name } = rungAt(policy, wanted);
  const restS = Math.ceil(restOf(name, atMs, { state, policy }) / 1_000);
  return { rung, but: `; ${name} was taken back by its trial and rests for ${restS} s` };
}

/** T5. */
function strain(situation: Situation): Answer {
  const { seen, policy, at } = situation;
  const next = Math.min(Math.max(at + 1, enteredBy(expectedOf(situation), policy)), policy.rungs.length - 1);
  const { rung, but } = instead(next, situation);
  return {
    name: 'strain',
    fired: strained(situation) && rung > at && !cooling(situation),
    rung,
    because: `answers were too slow in ${Math.round(seen.strain * 100)} % of the last seconds, limit ${Math.round(policy.strainAbove * 100)} %${but}`,
  };
}

function rise(situation: Situation): Answer {
  const { policy, at } = situation;
  const expected = expectedOf(situation);
  const { rung, but } = instead(Math.max(at, enteredBy(expected, policy)), situation);
  const why = cooling(situation) ? 'cooling down' : `the next rung is entered at ${enterOf(at + 1, policy)}`;
  return {
    name: 'rise',
    fired: rung > at && !cooling(situation),
    rung,
    because: `${rate(expected)} within 5 minutes; ${why}${but}`,
  };
}

const enterOf = (rung: number, { rungs }: Policy): string => {
  const found = rungs[rung];
  return found ? rate(found.enterRps) : 'no rate: this is the highest';
};

/** T3. Down to the rung that the highest expected rate enters. */
function fall(situation: Situation): Answer {
  const { seen, outlook, policy, state, at } = situation;
  const highest = Math.max(seen.rps, outlook.in5Rps, outlook.in15Rps);
  const { rung, but } = instead(Math.min(at, enteredBy(highest, policy)), situation);
  const heldMs = state.lowSinceMs === null ? 0 : seen.atMs - state.lowSinceMs;
  const held = state.lowSinceMs !== null && heldMs >= policy.holdMs;
  const calm = seen.crashed.length === 0 && (seen.anomaly ?? 0) <= policy.anomalyAbove;
  const safe = calm && !strained(situation);
  return {
    name: 'fall',
    fired: rung < at && held && safe && !cooling(situation),
    rung,
    because: `at most ${rate(highest)} within 15 minutes; below ${rate(rungAt(policy, at).leaveRps)} for ${Math.round(heldMs / 1_000)} s of ${policy.holdMs / 1_000} s${but}`,
  };
}

/** What is foreseen, and what is insured against what is not. */
function preWarm(situation: Situation): Answer {
  const { outlook, policy, at } = situation;
  const { insuredRung } = policy;
  const foreseen = enteredBy(Math.max(outlook.in5Rps, outlook.in15Rps), policy);
  const { rung, but } = instead(Math.max(at, foreseen, insuredRung ?? 0), situation);
  const insured =
    insuredRung === null ? '' : `; ${rungAt(policy, insuredRung).name} is kept warm for what nobody foresees`;
  return {
    name: 'pre-warm',
    fired: rung > at,
    rung,
    because: `${rate(outlook.in15Rps)} in 15 minutes; the next rung is entered at ${enterOf(at + 1, policy)}${insured}${but}`,
  };
}

/** In the order of their rank (T1 first). */
const RULES = [crash, anomaly, overload, strain, rise, fall, preWarm] as const;
const EMERGENCIES: readonly RuleName[] = ['crash', 'anomaly', 'overload'];

function remember(situation: Situation): DecisionState {
  const { seen, policy, state, at } = situation;
  const low = seen.rps < rungAt(policy, at).leaveRps && !strained(situation);
  return { ...state, lowSinceMs: low ? (state.lowSinceMs ?? seen.atMs) : null };
}

function proposalOf({ seen, policy }: Situation, { name, rung }: Answer): Proposal {
  const to = layoutOf(rungAt(policy, rung), seen.layout, stressed(seen.stress, policy.extractShare));
  if (name === 'pre-warm') return { kind: 'pre-warm', rung, to };
  return { kind: 'move', source: EMERGENCIES.includes(name) ? 'emergency' : 'brain', rung, to };
}

/** One decision. `seen.stress` must name every module of the layout. @throws RangeError when the ladder is empty */
export function decide(seen: Observation, outlook: Outlook, policy: Policy, state: DecisionState): Decision {
  const situation: Situation = { seen, outlook, policy, state, at: rungOf(seen.layout, policy) };
  const answers = RULES.map((rule) => rule(situation));
  const decisive = answers.find(({ fired }) => fired);
  const stay: Rule = {
    name: 'stay',
    fired: decisive === undefined,
    because: `the shop stays on ${rungAt(policy, situation.at).name}`,
  };
  const proposal: Proposal = decisive ? proposalOf(situation, decisive) : { kind: 'none' };
  return {
    proposal,
    rule: decisive?.name ?? 'stay',
    rules: [...answers.map(({ name, fired, because }) => ({ name, fired, because })), stay],
    state: remember(situation),
  };
}
