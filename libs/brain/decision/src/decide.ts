/**
 * The decision table (§5.4, §15) with hysteresis, as a pure function: what is seen and expected goes in, a proposal and
 * its reasons come out. The switcher has the last word.
 *
 * T1  An emergency (crash, anomaly, overload) is decided at once, whatever else holds; it never goes down.
 * T2  Otherwise two moves are a cool-down apart: a load that swings makes one move per cool-down at the most.
 * T3  Down only after the rate was below the rung's `leaveRps` all through `holdMs`, and only to a rung that the highest
 *     expected rate would not leave at once again: those between are entered late and left late.
 * T4  More load never means a lighter shape, but for one that is warm on the way there (T6).
 * T5  A shop in strain bears less than was measured: it goes up one rung at least, and never down. If it is behind, too,
 *     that is an overload, and tells how much less each rung bears.
 * T6  An overload goes to a rung that has room for more of it and for what is expected, and to the highest that is warm if
 *     that is one: a second move would find the first one under way, and a cold rung starts for seconds in which the surge
 *     goes on. If none of those is warm, what is warm below them is gone to first.
 * T7  A shape that failed rests (`rest.ts`), for an overload that has no other left the shorter, for a crash or an anomaly
 *     not at all.
 * T8  A rung that would start until after it is needed comes too late: then, and in strain, a warm one goes before it.
 * T9  The same inputs give the same answer: time is an input.
 * T10 What is warmed for a rung is warm for all below it, their further bundles too: else a rise takes a dearer rung because
 *     that one happens to be warm, and starts for the cheaper one when it has calmed down.
 */
import type { Layout } from '@atlas/control-layout';
import type { Decision, DecisionState, Proposal, Rule, RuleName } from './decision.ts';
import { awake, forgiven, highestWarm, nextWarm, type Place } from './detour.ts';
import type { Observation, Outlook } from './observation.ts';
import type { Policy } from './policy.ts';
import { layoutAt, rungAt, rungOf, withReserve } from './shape.ts';

interface Situation extends Place {
  readonly outlook: Outlook;
}

interface Answer extends Rule {
  /** The rung to go to. */
  readonly rung: number;
}

const highest = (rps: number, { rungs }: Policy, from: 'enterRps' | 'leaveRps'): number =>
  Math.max(
    0,
    rungs.findLastIndex((rung) => rps >= rung[from]),
  );

/** The highest rung that a rate enters. */
export const enteredBy = (rps: number, policy: Policy): number => highest(rps, policy, 'enterRps');

/** The highest rung that a rate does not leave: down to none below it (T3). */
const keptBy = (rps: number, policy: Policy): number => highest(rps, policy, 'leaveRps');

const IN_5_MS = 5 * 60_000;

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
  const comes = Math.max(seen.rps * policy.emergencyRoom, expectedOf(situation)); // T6
  const next = upTo((comes * measured) / Math.max(1, borne), situation); // T5
  const { rung, but } = highestWarm(next, situation); // T6
  const instead = borne < measured ? ` of ${rate(measured)} that were measured` : '';
  return {
    name: 'overload',
    fired: seen.rps > borne && rung > at,
    rung,
    because: `${rate(seen.rps)} now, ${rate(borne)} are borne${instead}${but}`,
  };
}

/** The rung that a rate enters, but the next one at least; on the highest, that. */
const upTo = (rps: number, { policy, at }: Situation): number =>
  Math.min(Math.max(at + 1, enteredBy(rps, policy)), policy.rungs.length - 1);

/** T5. */
const borneOf = ({ seen, policy }: Situation, measured: number): number =>
  seen.strain > policy.behindAbove ? Math.min(measured, seen.borneRps ?? measured) : measured;

/** T2. */
const cooling = ({ seen, policy, state }: Situation): boolean =>
  state.movedAtMs !== null && seen.atMs - state.movedAtMs < policy.coolDownMs;

/** The words of T2. */
const pause = (situation: Situation): string => (cooling(situation) ? '; cooling down' : '');

const strained = ({ seen, policy }: Situation): boolean => seen.strain > policy.strainAbove;

/** The highest rate until a switch would have its effect. */
const expectedOf = ({ seen, outlook }: Situation): number => Math.max(seen.rps, outlook.in5Rps);

/** T5, T7. */
function strain(situation: Situation): Answer {
  const { seen, policy, at } = situation;
  const { rung, but } = nextWarm(upTo(expectedOf(situation), situation), situation);
  return {
    name: 'strain',
    fired: strained(situation) && rung > at && !cooling(situation),
    rung,
    because: `answers were too slow in ${Math.round(seen.strain * 100)} % of the last seconds, limit ${Math.round(policy.strainAbove * 100)} %${pause(situation)}${but}`,
  };
}

/** T7, T8. */
function rise(situation: Situation): Answer {
  const { policy, at } = situation;
  const expected = expectedOf(situation);
  const wanted = Math.max(at, enteredBy(expected, policy));
  const late = enteredBy(startedAt(situation), policy) > at; // T8
  const { rung, but } = late ? nextWarm(wanted, situation) : awake(wanted, situation);
  const why = cooling(situation) ? 'cooling down' : nextOf(at, policy);
  return {
    name: 'rise',
    fired: rung > at && !cooling(situation),
    rung,
    because: `${rate(expected)} within 5 minutes; ${why}${but}`,
  };
}

/** T8. The rate by when a cold rung would have started, on the way from now to what is expected in five minutes. */
function startedAt({ seen, outlook, policy }: Situation): number {
  const way = Math.min(1, policy.startMs / IN_5_MS);
  return Math.max(seen.rps, seen.rps + way * (outlook.in5Rps - seen.rps));
}

const nextOf = (at: number, { rungs }: Policy): string => {
  const next = rungs[at + 1];
  return next ? `${next.name} is entered at ${rate(next.enterRps)}` : 'this is the highest rung';
};

/** T3. */
function fall(situation: Situation): Answer {
  const { seen, outlook, policy, state, at } = situation;
  const most = Math.max(seen.rps, outlook.in5Rps, outlook.in15Rps);
  const { rung, but } = awake(Math.min(at, keptBy(most, policy)), situation);
  const heldMs = state.lowSinceMs === null ? 0 : seen.atMs - state.lowSinceMs;
  const held = state.lowSinceMs !== null && heldMs >= policy.holdMs;
  const calm = seen.crashed.length === 0 && (seen.anomaly ?? 0) <= policy.anomalyAbove;
  const safe = calm && !strained(situation);
  const why = safe ? pause(situation) : '; not in a crash, an anomaly or strain';
  const low = `below ${rate(rungAt(policy, at).leaveRps)} for ${Math.round(heldMs / 1_000)} s of ${policy.holdMs / 1_000} s`;
  return {
    name: 'fall',
    fired: rung < at && held && safe && !cooling(situation),
    rung,
    because:
      at === 0 ? 'this is the lightest rung' : `at most ${rate(most)} within 15 minutes; ${low}${why}${but}`,
  };
}

/** What is foreseen, and what is insured against what is not. */
function preWarm(situation: Situation): Answer {
  const { outlook, policy, at } = situation;
  const { insuredRung } = policy;
  const most = Math.max(outlook.in5Rps, outlook.in15Rps);
  const { rung, but } = awake(Math.max(at, enteredBy(most, policy), insuredRung ?? 0), situation);
  const insured =
    insuredRung !== null && insuredRung > at
      ? `; ${rungAt(policy, insuredRung).name} is to be kept warm for what nobody foresees`
      : '';
  return {
    name: 'pre-warm',
    fired: rung > at,
    rung,
    because: `at most ${rate(most)} within 15 minutes; ${nextOf(at, policy)}${insured}${but}`,
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

/** T10. */
const warmAt = (rung: number, situation: Situation): Layout =>
  withReserve(layoutAt(rung, situation), situation.policy.rungs.slice(situation.at + 1, rung + 1));

function proposalOf(situation: Situation, { name, rung }: Answer): Proposal {
  if (name === 'pre-warm') return { kind: 'pre-warm', rung, to: warmAt(rung, situation) };
  const to = layoutAt(rung, situation);
  return { kind: 'move', source: EMERGENCIES.includes(name) ? 'emergency' : 'brain', rung, to };
}

/** One decision. `seen.stress` must name every module of the layout. @throws RangeError when the ladder is empty */
export function decide(seen: Observation, outlook: Outlook, policy: Policy, state: DecisionState): Decision {
  const at = rungOf(seen.layout, policy);
  const situation: Situation = { seen, outlook, policy, at, state: forgiven({ seen, policy, state }) };
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
    state: remember({ ...situation, state }),
  };
}
