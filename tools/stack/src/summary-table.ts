/** The report for people: small tables. */
import type { Report, ReportSwitch } from './report-schema.ts';
import { words } from './view.ts';

const ms = (value: number | null): string => (value === null ? '–' : value.toFixed(value < 100 ? 1 : 0));

/** Columns as wide as their widest cell; all but the first to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('   ')
      .trimEnd(),
  );
}

const modeRows = ({ byMode }: Report): string[][] =>
  (['tight', 'hybrid', 'loose'] as const).flatMap((mode) => {
    const figures = byMode[mode];
    if (!figures) return [];
    const { p50Ms, p99Ms, cpuMsPerRequest, pssMb } = figures;
    return [[mode, ms(p50Ms), ms(p99Ms), ms(cpuMsPerRequest), ms(pssMb)]];
  });

const switchRow = (done: ReportSwitch): string[] => [
  words({ ...done, fromInstances: done.fromInstances, toInstances: done.toInstances }),
  ms(done.prepareMs),
  ms(done.routedMs),
  ms(done.drainMs),
  done.outcome ?? 'open',
];

/** Most switches that are listed one by one. */
const LISTED = 20;

export function summaryTable(report: Report): string {
  const { requests, audit, load, switches, soak } = report;
  const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
  const lines = [
    '',
    `verdict   ${report.verdict.toUpperCase()}`,
    ...report.reasons.map((reason) => `          – ${reason}`),
    '',
    ...[
      ['requests', `${requests.total.toLocaleString('en-US')}, ${requests.failed} failed`],
      [
        'load',
        `${load.meanRps.toFixed(0)} requests/s on average, ${load.peakRps.toFixed(0)} at the peak, ${load.seconds.toFixed(0)} s`,
      ],
      [
        'orders',
        `${load.ordersPaid} paid (${share(load.paidShare)} of all requests; ${share(load.writeShare)} writes)`,
      ],
      ['audit', audit ? auditWords(audit) : 'off'],
      ...(soak
        ? [
            [
              'switches',
              `${soak.switchesCovered} of ${soak.switchesAsked}, ${Object.keys(soak.placements).length} placements`,
            ],
          ]
        : []),
    ].map(([label = '', words]) => `${label.padEnd(10)}${words}`),
    ...(report.control ? ['', ...controlLines(report.control)] : []),
    '',
    ...table([['shape', 'p50 ms', 'p99 ms', 'CPU ms/request', 'memory MB'], ...modeRows(report)]),
    '',
    ...(switches.length === 0
      ? []
      : table([
          ['switch', 'prepare ms', 'routed ms', 'drain ms', 'outcome'],
          ...switches.slice(0, LISTED).map(switchRow),
        ])),
    ...(switches.length > LISTED
      ? [`… and ${switches.length - LISTED} more (--report FILE has them all)`]
      : []),
    '',
  ];
  return lines.join('\n');
}

const NO_VALUE = '–';
const number = (value: number | null, unit: string): string =>
  value === null ? NO_VALUE : `${value.toFixed(1)}${unit}`;
/** Most decisions that are listed one by one. */
const DECISIONS = 12;

/** The dearest first. */
const byApp = (each: Readonly<Record<string, number>>): string =>
  Object.entries(each)
    .sort(([, a], [, b]) => b - a)
    .map(([app, ms]) => `${app} ${ms.toFixed(2)}`)
    .join(', ');

/** How whoever moved the shape did. */
function controlLines(control: NonNullable<Report['control']>): string[] {
  const { sloViolationS, intentP99Ms, cpuMsPerRequest, cpuMsPerRequestByApp, switches, minutes, speed } =
    control;
  const seconds = (minutes.length * 60) / speed;
  return [
    ...[
      ['control', `${control.controller}, ${switches} switches, ${speed} trace seconds per second`],
      ['intent', `p99 ≤ ${intentP99Ms} ms was missed in ${sloViolationS} of ${seconds.toFixed(0)} s`],
      ['CPU', `${number(cpuMsPerRequest, ' ms')} per request, all processes but the load driver`],
      ...(cpuMsPerRequest === null ? [] : [['', byApp(cpuMsPerRequestByApp)]]),
      ...control.surges.map(({ at, rps, leadS, ready }) => ['surge', surgeWords({ at, rps, leadS, ready })]),
    ].map(([label = '', words]) => `${label.padEnd(10)}${words}`),
    '',
    ...table([
      ['forecast', 'minutes', 'mean error', 'within 80 % band'],
      ...control.forecast.map(({ horizonMin, minutes: due, mapePct, inBand80 }) => [
        ...[`${horizonMin} min ahead`, String(due), number(mapePct, ' %')],
        number(inBand80 === null ? null : inBand80 * 100, ' %'),
      ]),
    ]),
    '',
    ...control.decisions
      .slice(-DECISIONS)
      .map(({ at, rule, because, to, outcome }) =>
        `${clockOf(at)}  ${rule} → ${to} (${outcome ?? NO_VALUE}): ${because}`.slice(0, 160),
      ),
  ];
}

const clockOf = (at: string): string => at.slice(11, 16);

function surgeWords({ at, rps, leadS, ready }: NonNullable<Report['control']>['surges'][number]): string {
  const when = `${clockOf(at)} above what one bundle bears (${rps.toFixed(0)}/s)`;
  if (leadS === null) return `${when}: ${ready ? 'ready from the start' : 'never ready'}`;
  return `${when}: ready ${Math.abs(leadS).toFixed(1)} s ${leadS >= 0 ? 'before' : 'AFTER'}`;
}

const auditWords = (audit: NonNullable<Report['audit']>): string =>
  `${audit.lostOrders} lost orders, ${audit.duplicateCharges} duplicate charges, ${audit.mixedEpochRoots} mixed epochs, ` +
  `${audit.negativeStock + audit.stockMismatch} wrong stocks, coverage ${(audit.coverage * 100).toFixed(audit.coverage === 1 ? 0 : 2)} %`;
