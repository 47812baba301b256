import type { Cell } from './evaluate.ts';

export interface Summary {
  /** MAPE of the mixture relative to the better of persistence and shape, geometric mean over series × horizons. */
  readonly relativeMape: number | null;
  /** The worst of those cells. */
  readonly worstRelativeMape: number | null;
  /** Share of all targets inside the mixture's 80 % band. */
  readonly coverage80: number | null;
}

function relativeOf(cells: readonly Cell[], { series, horizonMin, mapePct }: Cell): number | undefined {
  const peers = cells
    .filter((cell) => cell.series === series && cell.horizonMin === horizonMin && cell.model !== 'mixture')
    .flatMap((cell) => cell.mapePct ?? []);
  const best = Math.min(...peers);
  return mapePct !== null && best > 0 && Number.isFinite(best) ? mapePct / best : undefined;
}

export function summarise(cells: readonly Cell[]): Summary {
  const mixture = cells.filter(({ model }) => model === 'mixture');
  const relative = mixture.flatMap((cell) => relativeOf(cells, cell) ?? []);
  const covered = mixture.filter(({ coverage80 }) => coverage80 !== null);
  const targets = covered.reduce((sum, { n }) => sum + n, 0);
  const inside = covered.reduce((sum, { n, coverage80 }) => sum + n * (coverage80 ?? 0), 0);
  const logs = relative.reduce((sum, ratio) => sum + Math.log(ratio), 0);
  return {
    relativeMape: relative.length === 0 ? null : Math.exp(logs / relative.length),
    worstRelativeMape: relative.length === 0 ? null : Math.max(...relative),
    coverage80: targets === 0 ? null : inside / targets,
  };
}

const number = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '–';

const COLUMNS: readonly [string, (cell: Cell) => string][] = [
  ['series', ({ series }) => series],
  ['min', ({ horizonMin }) => String(horizonMin)],
  ['model', ({ model }) => model],
  ['MAPE %', ({ mapePct }) => number(mapePct, 2)],
  ['surge %', ({ surgeMapePct }) => number(surgeMapePct, 1)],
  ['in 80 % band', ({ coverage80 }) => number(coverage80 === null ? null : coverage80 * 100, 1)],
];

/** A table for people. */
export function tableOf(cells: readonly Cell[]): string {
  const rows = [COLUMNS.map(([title]) => title), ...cells.map((cell) => COLUMNS.map(([, of]) => of(cell)))];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const pad = (text: string, i: number): string =>
    i === 0 || i === 2 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
