import { figure, textTable, type Column } from '../text-table.ts';
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
  const all = covered.reduce((sum, { targets }) => sum + targets, 0);
  const inside = covered.reduce((sum, { targets, coverage80 }) => sum + targets * (coverage80 ?? 0), 0);
  const logs = relative.reduce((sum, ratio) => sum + Math.log(ratio), 0);
  return {
    relativeMape: relative.length === 0 ? null : Math.exp(logs / relative.length),
    worstRelativeMape: relative.length === 0 ? null : Math.max(...relative),
    coverage80: all === 0 ? null : inside / all,
  };
}

const percent = (share: number | null): string => figure(share === null ? null : share * 100, 1);

const COLUMNS: readonly Column<Cell>[] = [
  { title: 'series', words: true, of: ({ series }) => series },
  { title: 'min', of: ({ horizonMin }) => String(horizonMin) },
  { title: 'model', words: true, of: ({ model }) => model },
  { title: 'MAPE %', of: ({ mapePct }) => figure(mapePct, 2) },
  { title: 'surge %', of: ({ surgeMapePct }) => figure(surgeMapePct, 1) },
  { title: 'in 80 % band', of: ({ coverage80 }) => percent(coverage80) },
];

/** For people: a line a cell. */
export const tableOf = (cells: readonly Cell[]): string => textTable(COLUMNS, cells);

/** For people, in one line. */
export const wordsOf = ({ relativeMape, worstRelativeMape, coverage80 }: Summary): string =>
  `mixture against the better peer: ${figure(relativeMape, 3)} in the mean, ` +
  `${figure(worstRelativeMape, 3)} at worst; in its 80 % band: ${percent(coverage80)} %`;
