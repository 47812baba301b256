import type { Option } from 'commander';

/** What came of it: a text for people, and all of it for a report. */
export interface Findings {
  readonly text: string;
  readonly report: Readonly<Record<string, unknown>>;
}

/** One way to measure how good what the brain runs is, on a folder of data: a command of its own. */
export interface Evaluation {
  /** As npm knows it. */
  readonly script: string;
  readonly description: string;
  readonly options: readonly Option[];
  /**
   * @param options the values of `options`
   * @param tell takes a line of progress
   * @throws InputError when the data cannot be read
   */
  run(options: Readonly<Record<string, unknown>>, tell: (line: string) => void): Promise<Findings>;
}
