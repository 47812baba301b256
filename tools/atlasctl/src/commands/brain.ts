/** Commands that ask the brain what it expects, what it decided, and why. */
import type {
  Band,
  CounselView,
  ExplainAnswer,
  ForecastAnswer,
  OutcomeView,
  ProposalView,
  ProposedLayout,
  WhatIfAnswer,
} from '@atlas/brain-api';
import type { ControlClient } from '../control-client.ts';
import { describeCosts } from '../describe-costs.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { table, timeOf, type Output } from '../output.ts';

/** What is told in lines is the same of a stored decision and of one that it would make. */
type Told = WhatIfAnswer & Partial<Pick<ExplainAnswer, 'id' | 'at'>>;

export interface BrainSaid {
  readonly brain: ControlClient;
  readonly output: Output;
  readonly json: boolean | undefined;
}

const rate = (rps: number): string => (rps < 10 ? rps.toFixed(1) : String(Math.round(rps)));
const span = ({ low, high }: Band): string => `${rate(low)} to ${rate(high)}`;

/** As JSON, or in lines for people. */
export function tell<T>(
  { output, json }: BrainSaid,
  answer: T,
  lines: (answer: T) => readonly string[],
): ExitCode {
  if (json) output.line(JSON.stringify(answer));
  else for (const line of lines(answer)) output.line(line);
  return EXIT.done;
}

export async function runForecast(said: BrainSaid): Promise<ExitCode> {
  const answer = await said.brain.ask<ForecastAnswer>('GET', '/v1/forecast');
  return tell(said, answer, ({ series }) => {
    const rows = Object.entries(series).flatMap(([name, told]) =>
      told.map(({ horizonMin, at, rps, band80, band95, experts }) => [
        ...[name, `${horizonMin} min`, timeOf(Date.parse(at)), rate(rps), span(band80), span(band95)],
        experts[0] ? `${experts[0].name} ${percent(experts[0].weight)}` : '',
      ]),
    );
    return table([['series', 'in', 'at', 'requests/s', '80 %', '95 %', 'weightiest expert'], ...rows]);
  });
}

/** `2 bundles, services: cart ×2, payment`. */
function where({ placements, instances }: ProposedLayout): string {
  const services = Object.entries(placements).flatMap(([module, at]) => {
    const count = instances[module] ?? 1;
    return at === 'service' ? [count > 1 ? `${module} ×${count}` : module] : [];
  });
  const { bundle = 1 } = instances;
  if (services.length === 0) return bundle > 1 ? `all in ${bundle} bundles` : 'all in the bundle';
  return `${bundle > 1 ? `${bundle} bundles, ` : ''}services: ${services.join(', ')}`;
}

const proposed = (proposal: ProposalView): string =>
  proposal.kind === 'none'
    ? 'nothing'
    : `${proposal.kind === 'pre-warm' ? 'prepare ' : ''}${where(proposal.to)}`;

function describePlan(plan: Told['plan']): string[] {
  if (!plan) return [];
  const listed = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.join(', '));
  const starts = listed(plan.starts.map(({ instance }) => instance));
  return [
    `the switcher would start ${starts} and stop ${listed(plan.stops)}`,
    ...plan.refusals.map((reason) => `the switcher would refuse: ${reason}`),
  ];
}

const percent = (share: number | undefined): string => `${Math.round((share ?? 0) * 100)} %`;

/** What trust was last changed by. */
function describeJudged(judged: CounselView['judged']): string[] {
  if (!judged) return [];
  const { atMs, predictedMs, measuredMs, losses } = judged;
  const worse = Object.entries(losses).filter(([, loss]) => loss > 0);
  const each = worse.map(([name, loss]) => `${name} −${loss.toFixed(2)}`);
  const predicted = predictedMs === null ? 'more than the layout bears' : `${valueOf(predictedMs)} ms`;
  const p99 = `p99 predicted ${predicted}, measured ${valueOf(measuredMs)} ms`;
  return [
    `trust: the advice of ${timeOf(atMs)} was judged, ${p99}: ${each.join(', ') || 'none was worse than what was done'}`,
  ];
}

/** The advisors with their trust, and the experts of each forecast with their weights. */
function describeWeights({ counsel, forecasts }: Told): string[] {
  const { by = [], trust = {}, heard = [] } = counsel ?? {};
  const advisors = heard.map(({ advisor, advice, silent }) => [
    `  ${by.includes(advisor) ? '●' : '○'} ${advisor}`,
    percent(trust[advisor]),
    advice ? `${where(advice.to)}: ${advice.because}` : `silent: ${silent}`,
  ]);
  const own = [`  ${by.includes('table') ? '●' : '○'} table`, percent(trust['table']), 'the rules above'];
  const experts = forecasts.map(({ horizonMin, experts: weighed }) => {
    const told = weighed.slice(0, 4).map(({ name, weight }) => `${name} ${percent(weight)}`);
    return `experts for ${horizonMin} min: ${told.join(' · ')}`;
  });
  return [
    ...(counsel ? table([own, ...advisors]) : []),
    ...describeJudged(counsel?.judged ?? null),
    ...describeCosts(counsel?.weighed ?? null),
    ...experts,
  ];
}

function outcomeLine(outcome: OutcomeView): string {
  switch (outcome.kind) {
    case 'watched':
      return 'nobody was told: at this level the brain watches';
    case 'accepted':
      return `the switcher took it on as ${outcome.switchId}`;
    case 'unchanged':
      return 'the layout is in force already';
    case 'waiting':
      return `it waits for approval: atlasctl approve ${outcome.proposalId}`;
    case 'warming':
      return `the switcher keeps what it needs warm until ${outcome.until}`;
    case 'refused':
      return `the switcher refused it: ${outcome.code}${outcome.detail ? `, ${outcome.detail}` : ''}`;
    case 'silent':
      return `the switcher did not answer: ${outcome.detail}`;
    case 'not-said':
      return `not proposed: ${outcome.because}`;
  }
}

function describeOutcome({ outcome, guardrails, autonomy: { heldUntil, frozen } }: Told): string[] {
  return [
    ...(outcome ? [outcomeLine(outcome)] : []),
    ...(heldUntil === null ? [] : [`an operator holds the brain until ${heldUntil}`]),
    ...(frozen ? [`frozen: ${frozen.reason}`] : []),
    ...guardrails.map((sentence) => `guardrail: ${sentence}`),
  ];
}

function describeDecision(answer: Told): string[] {
  const { id, at, autonomy, policy, observation, outlook, decision, otherwise, plan, counsel } = answer;
  const imagined = id === undefined || at === undefined;
  const head = imagined ? 'it would decide' : `decision ${id}, ${timeOf(at)}`;
  const level = imagined ? '' : ` · level ${autonomy.effective}`;
  return [
    `${head}: ${decision.rule} · proposes ${proposed(counsel?.proposal ?? decision.proposal)}${level} · policy ${policy}`,
    `epoch ${observation.epoch} · ${rate(observation.rps)} requests/s now, ${rate(outlook.in5Rps)} in 5 min, ${rate(outlook.in15Rps)} in 15, ${rate(outlook.in60Rps)} in 60`,
    ...table(decision.rules.map(({ name, fired, because }) => [`  ${fired ? '●' : '○'} ${name}`, because])),
    ...describeWeights(answer),
    ...describeOutcome(answer),
    ...describePlan(plan),
    ...otherwise.slice(0, 3).map((each) => `otherwise: ${each.input} ${flipOf(each)} → ${each.to}`),
  ];
}

/** Rounded away from what it was, for so it does decide otherwise. */
function flipOf({ input, value, flipsAt }: Told['otherwise'][number]): string {
  if (input === 'crashed') return 'none';
  const parts = flipsAt < 10 ? 100 : 1;
  const outwards = flipsAt > value ? Math.ceil : Math.floor;
  return valueOf(outwards(flipsAt * parts) / parts);
}

const valueOf = (value: number): string => (value < 10 ? value.toFixed(2) : String(Math.round(value)));

/** @param id the newest decision when there is none */
export async function runExplain(said: BrainSaid, id: string | undefined): Promise<ExitCode> {
  const { brain } = said;
  const newest = async (): Promise<string> => {
    const { items } = await brain.ask<{ items: readonly { id: number }[] }>('GET', '/v1/decisions?limit=1');
    if (!items[0]) throw new CommandError('the brain has decided nothing yet', EXIT.error);
    return String(items[0].id);
  };
  const asked = encodeURIComponent(id ?? (await newest()));
  return tell(said, await brain.ask<ExplainAnswer>('GET', `/v1/explain/${asked}`), describeDecision);
}

export interface WhatIf {
  readonly rps?: number;
  readonly in5?: number;
  readonly in15?: number;
  readonly in60?: number;
  readonly anomaly?: number;
  readonly crashed?: readonly string[];
}

/** Inputs that are not given stay as the brain sees them now. */
export async function runWhatIf(said: BrainSaid, given: WhatIf): Promise<ExitCode> {
  const { rps, anomaly, crashed, in5: in5Rps, in15: in15Rps, in60: in60Rps } = given;
  const body = { rps, anomaly, crashed, in5Rps, in15Rps, in60Rps };
  return tell(said, await said.brain.ask<WhatIfAnswer>('POST', '/v1/what-if', body), describeDecision);
}
