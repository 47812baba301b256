/** Draws a bench report: how far each row is from its goal. */
import { scaleLog } from 'd3-scale';
import { card, drawing, sheet, text } from './style.ts';

/** What is read of a report's row (`npm run bench -- --report FILE`). */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `≤ 1.3` or `≥ 5`; null: only reported, and not drawn. */
  readonly goal: string | null;
  readonly met: boolean | null;
}

const WIDTH = 1_000;
const LEFT = 250;
const RIGHT = WIDTH - 230;
const FIRST = 118;
const STEP = 34;
const BAR = 18;
/** Further away than this from its goal looks the same. */
const MOST = 32;
const TICKS = [1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32];

const OWN =
  '.met{fill:var(--one)}.missed{fill:var(--two)}.goal{stroke:var(--ink);stroke-width:1.5}.name{font-weight:600}';

/**
 * How many times better than its goal a row is; 1: just met. What has to be small and is nothing, or less, is as good as
 * can be drawn.
 * @throws Error when the goal is none.
 */
export function timesGoal({ value, goal }: Pick<BenchRow, 'value' | 'goal'>): number {
  const [, sign, number] = /^([≤≥]) (\d+(?:\.\d+)?)$/.exec(goal ?? '') ?? [];
  if (sign === undefined) throw new Error(`"${goal}" is no goal`);
  const bound = Number(number);
  const times = sign === '≥' ? value / bound : value <= 0 ? MOST : bound / value;
  return Math.min(MOST, Math.max(TICKS[0] ?? 0, times));
}

const tickText = (times: number): string =>
  times < 1 ? `1/${1 / times}` : times === 1 ? 'goal' : `${times}×`;

/** Bars from the goal, to the right where it is passed; readable on light and dark pages. */
export function drawBench(rows: readonly BenchRow[], title: string): string {
  const judged = rows.filter(({ goal }) => goal !== null);
  const bottom = FIRST + judged.length * STEP;
  const size = { width: WIDTH, height: bottom + 28 };
  const x = scaleLog([TICKS[0] ?? 0.25, MOST], [LEFT, RIGHT]);
  const grid = TICKS.map(
    (times) =>
      `<path class="${times === 1 ? 'goal' : 'grid'}" d="M${x(times).toFixed(1)} ${FIRST - 14}V${bottom}"/>` +
      text(x(times), FIRST - 22, tickText(times), 'class="axis" text-anchor="middle"'),
  );
  const bars = judged.map((row, index) => {
    const y = FIRST + index * STEP;
    const end = x(timesGoal(row));
    const [from, to] = [Math.min(end, x(1)), Math.max(end, x(1))];
    return (
      text(LEFT - 14, y + 14, row.name, 'class="name" text-anchor="end"') +
      `<rect class="${row.met === true ? 'met' : 'missed'}" x="${from.toFixed(1)}" y="${y}" width="${Math.max(2, to - from).toFixed(1)}" height="${BAR}" rx="3"/>` +
      text(RIGHT + 14, y + 14, `${row.value} ${row.unit}`) +
      text(WIDTH - 28, y + 14, row.goal ?? '', 'class="sub" text-anchor="end"')
    );
  });
  return drawing(size, title, [
    sheet(OWN),
    card(size),
    text(28, 40, title, 'class="title"'),
    text(
      28,
      64,
      'How many times better than its goal each row is; to the left of the line it is missed.',
      'class="sub"',
    ),
    ...grid,
    ...bars,
  ]);
}
