import { printable } from '@atlas/platform-telemetry/printable';

/** What goes to the terminal. */
export interface Output {
  /** To standard output, one line. */
  line(text: string): void;
  /** To standard error, one line. */
  problem(text: string): void;
}

export const terminal: Output = {
  line: (text) => void process.stdout.write(`${text}\n`),
  problem: (text) => void process.stderr.write(`${text}\n`),
};

/** The same, for texts that others wrote. */
export const printing = ({ line, problem }: Output): Output => ({
  line: (text) => line(printable(text)),
  problem: (text) => problem(printable(text)),
});

/** Columns as wide as their widest cell, two spaces apart; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export const milliseconds = (ms: number | null): string => (ms === null ? '–' : `${ms} ms`);

/** Local time of day. */
export const timeOf = (at: number): string => new Date(at).toTimeString().slice(0, 8);
