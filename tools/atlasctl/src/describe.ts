/** Answers of the control API in words. */
import type { PlanAnswer, Status, SwitchView } from '@atlas/control-api';
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
  if (status.frozen) lines.push('frozen: many hosts fell silent together');
  if (!status.leader.leads)
    lines.push('this switcher is a standby: another one leads, or none does at the moment');
  if (!status.store.contact) {
    lines.push(`the coupling store is away; this was true ${Math.round(status.store.ageMs / 1000)} s ago`);
  }
  return [...lines, '', ...table([head, ...rows])];
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

export function describeHistory(items: readonly SwitchView[]): string[] {
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
  const rows = items.map((info) => [
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
  ]);
  return table([head, ...rows]);
}

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
