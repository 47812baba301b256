/** The costs that the optimiser weighed, in a few aligned lines. */
import type { WeighedView } from '@atlas/brain-api';
import { table, timeOf } from './output.ts';

type Costs = WeighedView['costs'];

/** Of a module, as many as fit a line. */
const MOST_OPERATIONS = 3;
/** Less is nothing to look at, ms. */
const LEAST_MS = 0.0001;

function short(value: number): string {
  if (value < LEAST_MS) return '0';
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}
const ms = (value: number): string => `${short(value)} ms`;

function callsOf(from: string, { calls }: Costs): string[] {
  const own = calls.filter((edge) => edge.from === from && edge.perRoot > 0);
  return own.length === 0
    ? []
    : [`calls ${own.map(({ to, perRoot }) => `${to} ${short(perRoot)}`).join(', ')}`];
}

/** CPU of a request there, and what it is made of, the dearest first. */
function moduleRow(name: string, costs: Costs): string[] {
  const { operations = {}, crashesPerDay = 0 } = costs.modules[name] ?? {};
  const dear = Object.entries(operations)
    .map(([operation, { perRoot, cpuMs }]) => ({ operation, perRoot, cpuMs, all: perRoot * cpuMs }))
    .sort((a, b) => b.all - a.all);
  const told = dear
    .filter(({ all }) => all >= LEAST_MS)
    .slice(0, MOST_OPERATIONS)
    .map(({ operation, perRoot, cpuMs }) => `${operation} ${short(perRoot)} × ${ms(cpuMs)}`);
  const more = dear.length - told.length;
  const rest = told.length > 0 ? `${more} more` : 'too little to tell';
  const parts = [
    [...told, ...(more > 0 ? [rest] : [])].join(', '),
    ...callsOf(name, costs),
    `crashes ${short(crashesPerDay)} a day`,
  ];
  const all = dear.reduce((sum, each) => sum + each.all, 0);
  return [`  ${name}`, ms(all), parts.filter(Boolean).join('; ')];
}

/** What the latencies rest on. */
function fitLine({ windows, fit }: WeighedView): string {
  if (!fit) return `  latency: measured in ${windows} windows so far, too few to say anything of it`;
  const p99 = `p99 ${ms(fit.measuredMs)} measured, ${ms(fit.predictedMs)} by the model`;
  return `  latency: ${p99}, in the middle of ${windows} windows`;
}

export function describeCosts(weighed: WeighedView | null): string[] {
  if (!weighed) return [];
  const { costs, learnedAtMs } = weighed;
  const { callerCpuMs, calleeCpuMs, latencyMs } = costs.remoteCall;
  const remote = `remote ${short(callerCpuMs)} + ${ms(calleeCpuMs)} and ${ms(latencyMs)} on the way`;
  return [
    `costs learned at ${timeOf(learnedAtMs)}, CPU of one request:`,
    ...table([
      ['  edge', ms(costs.edgeCpuMs), callsOf('edge', costs).join('')],
      ...Object.keys(costs.modules)
        .sort()
        .map((name) => moduleRow(name, costs)),
      ['  a call', ms(costs.localCall.cpuMs), remote],
      ['  besides', ms(costs.waitMs), `that no layout changes; p99 is ${short(costs.tail)} × the mean`],
    ]),
    fitLine(weighed),
  ];
}
