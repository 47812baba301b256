/** Draws how controllers did on the same traffic: seconds beyond the intent, and what a request cost. */
import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { card, drawing, sheet, text } from './style.ts';

/** What is read of a cell (`npm run bench:controllers -- --report FILE`). */
export interface ControllerCell {
  readonly trace: string;
  readonly controller: string;
  readonly sloViolationS: number;
  /** Null: nothing was answered. */
  readonly cpuMsPerRequest: number | null;
}

/** What is read of a report. */
export interface ControllersReport {
  readonly cells: readonly ControllerCell[];
  readonly runs: readonly { readonly commit: string | null }[];
}

/** How much was measured, and on which code. */
export function titleOfControllers({ cells, runs }: ControllersReport): string {
  const commits = new Set(runs.map(({ commit }) => commit?.slice(0, 8) ?? 'unknown'));
  return `${cells.length} cells, ${runs.length} runs, commit ${[...commits].join(', ')}`;
}

const WIDTH = 1_000;
const FIRST = 128;
const STEP = 26;
const BAR = 15;
/** Between two traces. */
const GAP = 26;
const NAMES = 220;
/** Left and right edge of each column of bars. */
const SECONDS = [NAMES + 14, 560] as const;
const CPU = [640, 910] as const;

const OWN =
  '.atlas{fill:var(--one)}.other{fill:var(--three);opacity:.65}.trace{font-weight:650}.own{font-weight:600}';

type Column = ScaleLinear<number, number>;

const column = (values: readonly number[], [left, right]: readonly [number, number]): Column =>
  scaleLinear([0, Math.max(1e-9, ...values)], [left, right]);

function bar(
  x: Column,
  y: number,
  { value, words, kind }: { value: number; words: string; kind: string },
): string {
  const [left = 0] = x.range();
  const width = Math.max(1, x(value) - left);
  return (
    `<rect class="${kind}" x="${left}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>` +
    text(left + width + 8, y + 12, words)
  );
}

/** One row a cell, grouped by trace in the order of the report; every cell is drawn. */
export function drawControllers(cells: readonly ControllerCell[], title: string): string {
  const groups = [...Map.groupBy(cells, ({ trace }) => trace)];
  const height = FIRST + cells.length * STEP + (groups.length - 1) * GAP + 24;
  const size = { width: WIDTH, height };
  const seconds = column(
    cells.map(({ sloViolationS }) => sloViolationS),
    SECONDS,
  );
  const cpu = column(
    cells.map(({ cpuMsPerRequest }) => cpuMsPerRequest ?? 0),
    CPU,
  );
  let y = FIRST;
  const rows = groups.flatMap(([trace, own], index) => {
    if (index > 0) y += GAP;
    return own.map(({ controller, sloViolationS, cpuMsPerRequest }, place) => {
      const kind = controller === 'atlas' ? 'atlas' : 'other';
      const at = y;
      y += STEP;
      return [
        place === 0 ? text(28, at + 12, trace, 'class="trace"') : '',
        text(NAMES, at + 12, controller, `class="${kind === 'atlas' ? 'own' : 'sub'}" text-anchor="end"`),
        bar(seconds, at, { value: sloViolationS, words: `${sloViolationS} s`, kind }),
        bar(cpu, at, { value: cpuMsPerRequest ?? 0, words: cpuMsPerRequest?.toFixed(2) ?? '–', kind }),
      ].join('');
    });
  });
  return drawing(size, title, [
    sheet(OWN),
    card(size),
    text(28, 40, title, 'class="title"'),
    text(
      28,
      64,
      'The same traffic in turn; medians of the repeats. Shorter is better in both columns.',
      'class="sub"',
    ),
    text(SECONDS[0], FIRST - 20, 'seconds beyond the intent', 'class="axis"'),
    text(CPU[0], FIRST - 20, 'CPU of all processes, ms a request', 'class="axis"'),
    ...rows,
  ]);
}
