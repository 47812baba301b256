/** Answers of the control API in words. */
import type { StatusAnswer } from '@atlas/brain-api';
import type { AutonomyView, PlanAnswer, Proposal, Status, SwitchView } from '@atlas/control-api';
import { milliseconds, table, timeOf } from './output.ts';

/** `hybrid: cart, payment outside · 2 bundles`. */
function shape(status: Status): string {
  if (!status.layout) return 'no layout yet';
  const { placements, instances } = status.layout;
  const outside = Object.keys(placements).filter((module) => placements[module] === 'service');
  const bundles = instances['bundle'] ?? 1;
  const parts = [`${status.mode} (epoch ${status.epoch})`, `${bundles} bundle${bundles === 1 ? '' : 's'}`];
  if (outside.length > 0) {
    parts.push(
      `services: ${outside
        .sort()
        .map((module) => `${module}×${instances[module] ?? 1}`)
        .join(', ')}`,
    );
  }
  return parts.join(' · ');
}

const rootsOf = (roots: Readonly<Record<string, number>>): string =>
  Object.entries(roots)
    .map(([epoch, count]) => `${count}@${epoch}`)
    .join(' ') || '0';

export function describeStatus(status: Status): string[] {
  const head = ['host', 'pid', 'health', 'rpc', 'holds epochs', 'roots', 'memory'];
  const rows = status.hosts.map((host) => [
    host.instance,
    String(host.pid ?? '–'),
    host.stopping ? 'stopping' : host.health,
    host.rpc ?? '–',
    host.acked.slice(-4).join(' '),
    rootsOf(host.roots),
    host.rssMb === null ? '–' : `${Math.round(host.rssMb)} MB`,
  ]);
  const lines = [shape(status)];
  if (status.liveEpochs.length > 1) lines.push(`live epochs: ${status.liveEpochs.join(', ')}`);
  for (const open of status.switches) lines.push(`open: ${describeSwitch(open)}`);
  lines.push(describeAutonomy(status.autonomy));
  if (status.prewarm)
    lines.push(`kept warm until ${clock(status.prewarm.until)}: ${placed(status.prewarm.target)}`);
  if (status.frozen) lines.push('frozen: many hosts fell silent together');
  if (!status.leader.leads)
    lines.push('this switcher is a standby: another one leads, or none does at the moment');
  if (!status.store.contact) {
    lines.push(`the coupling store is away; this was true ${Math.round(status.store.ageMs / 1000)} s ago`);
  }
  return [...lines, '', ...table([head, ...rows])];
}

/** What the brain is at, and which of its advisors says nothing, and why. @param status null: it did not answer */
export function describeBrain(status: StatusAnswer | null | undefined): string[] {
  if (status === undefined) return [];
  if (status === null) return ['', 'brain: does not answer'];
  const { rule, policy, advisors, store } = status;
  return [
    '',
    rule === null
      ? 'brain: decides nothing, too little is known at the moment'
      : `brain: ${rule} · policy ${policy}`,
    ...(store.contact ? [] : ['  its store is away']),
    ...advisors
      .filter(({ advises }) => !advises)
      .map(({ advisor, because }) => `  ${advisor} is silent: ${because}`),
  ];
}

const clock = (iso: string): string => timeOf(Date.parse(iso));

const LEVELS = ['watch', 'alert', 'instances only', 'within the guardrails', 'full'];

/** `autonomy: level 4 (full), 1 (alert) until 12:00:00 after an operator's switch`. */
export function describeAutonomy({ level, effective, heldUntil, frozen }: AutonomyView): string {
  const named = (of: number): string => `${of} (${LEVELS[of] ?? '?'})`;
  const held = heldUntil !== null && effective !== level;
  return [
    `autonomy: level ${named(level)}`,
    ...(held ? [`${named(effective)} until ${clock(heldUntil)}, after an operator's switch`] : []),
    ...(frozen ? [`frozen since ${clock(frozen.since)}: ${frozen.reason}`] : []),
  ].join(' · ');
}

/** `tight`; `hybrid: cart×2, payment×1`. */
function placed({ mode, placements, instances }: Proposal['target']): string {
  const services = Object.keys(placements).filter((module) => placements[module] === 'service');
  const counted = services.sort().map((module) => `${module}×${instances[module] ?? 1}`);
  const bundles = instances['bundle'] ?? 1;
  if (bundles > 1) counted.unshift(`${bundles} bundles`);
  return counted.length === 0 ? mode : `${mode}: ${counted.join(', ')}`;
}

/** Why it is wished, and why a person has to decide. */
const whyOf = ({ reason, guardrails }: Proposal): string =>
  [reason, ...guardrails.map((sentence) => `against the guardrail: ${sentence}`)].filter(Boolean).join('; ');

/** One line: id, whose, what, how far. */
export function describeProposal(proposal: Proposal): string {
  const { id, source, target, state, expiresAt } = proposal;
  const how = state === 'waiting' ? `waits for \`atlasctl approve\` until ${clock(expiresAt)}` : state;
  const why = whyOf(proposal);
  return `${id} ${source} → ${placed(target)}: ${how}${why ? ` — ${why}` : ''}`;
}

export function describeProposals(items: readonly Proposal[]): string[] {
  if (items.length === 0) return ['nothing waits'];
  const rows = items.map((proposal) => [
    ...[clock(proposal.at), proposal.id, proposal.source, String(proposal.basedOnEpoch)],
    ...[placed(proposal.target), proposal.state, clock(proposal.expiresAt), whyOf(proposal)],
  ]);
  return table([['time', 'proposal', 'source', 'epoch', 'to', 'state', 'until', 'reason'], ...rows]);
}

/** `committed, retiring`: what is certain comes before what is still going on. */
const phaseOf = ({ phase, outcome }: SwitchView): string =>
  outcome === null ? phase : `${outcome}, ${phase}`;

/** One line: id, what, how far, how long. */
export function describeSwitch(info: SwitchView): string {
  const what = `${info.from ?? 'nothing'} → ${info.to}`;
  const state = info.done ? (info.outcome ?? 'ended') : phaseOf(info);
  const times = `prepare ${milliseconds(info.prepareMs)}, routed ${milliseconds(info.routedMs)}, drain ${milliseconds(info.drainMs)}`;
  const detail = info.abort?.detail ?? info.trial?.detail;
  const why = detail ? ` — ${detail}` : '';
  return `${info.id} ${what}: ${state} (${times})${why}`;
}

/** @param waited proposals that became no switch, or not yet: they stand among the switches by their time. */
export function describeHistory(items: readonly SwitchView[], waited: readonly Proposal[] = []): string[] {
  const head = [
    'time',
    'switch',
    'kind',
    'epoch',
    'from',
    'to',
    'state',
    'prepare',
    'routed',
    'drain',
    'reason',
  ];
  const switches = items.map((info) => ({ at: info.decidedAt, row: rowOfSwitch(info) }));
  const since = items.at(-1)?.decidedAt ?? 0;
  const others = waited
    .filter(({ state, at }) => state !== 'approved' && Date.parse(at) >= since)
    .map((proposal) => ({ at: Date.parse(proposal.at), row: rowOfProposal(proposal) }));
  const rows = [...switches, ...others].sort((a, b) => b.at - a.at).map(({ row }) => row);
  return table([head, ...rows]);
}

const rowOfProposal = (proposal: Proposal): string[] => [
  ...[clock(proposal.at), proposal.id, 'proposal', String(proposal.basedOnEpoch), '–', proposal.target.mode],
  ...[proposal.state, '–', '–', '–', whyOf(proposal)],
];

const rowOfSwitch = (info: SwitchView): string[] => [
  timeOf(info.decidedAt),
  info.id,
  info.kind,
  String(info.epoch ?? '–'),
  info.from ?? '–',
  info.to,
  info.done ? (info.outcome ?? '–') : phaseOf(info),
  milliseconds(info.prepareMs),
  milliseconds(info.routedMs),
  milliseconds(info.drainMs),
  info.abort?.detail ?? info.trial?.detail ?? info.reason,
];

export function describePlan(plan: PlanAnswer): string[] {
  if (plan.unchanged) return [`${plan.target.mode} is in force already: nothing would change`];
  const list = (items: readonly string[]): string => (items.length > 0 ? items.join(', ') : 'nothing');
  return [
    `would become ${plan.target.mode}`,
    `moves:  ${list(plan.moves.map(({ module, from, to }) => `${module} ${from} → ${to}`))}`,
    `starts: ${list(plan.starts.map(({ instance }) => instance))}`,
    `stops:  ${list(plan.stops)}`,
    ...plan.refusals.map((reason) => `refused: ${reason}`),
  ];
}
