/** A number of a table; what is not known is a dash. */
export const figure = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '–';

/** Words stand to the left, numbers to the right. */
export interface Column<Row> {
  readonly title: string;
  readonly words?: boolean;
  readonly of: (row: Row) => string;
}

/** A table for people: titles, and a line a row. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => of(row)))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const padded = (cell: string, i: number): string =>
    columns[i]?.words ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return lines.map((line) => line.map(padded).join('  ').trimEnd()).join('\n');
}
