import { pathFromHere } from '@atlas/platform-config';
import { InvalidArgumentError, Option } from 'commander';
import type { Evaluation } from '../evaluation.ts';
import { evaluate, type Cell } from './evaluate.ts';
import { labelledIn } from './labelled.ts';
import { summarise, tableOf } from './summary.ts';

const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('it must be a number above 0');
};

export const anomalyEvaluation: Evaluation = {
  script: 'anomaly:evaluate',
  description:
    "Scores the brain's anomaly detector on labelled figures (NAME.csv, or NAME_train.csv and NAME_test.csv, also .gz: time, figures, label).",
  options: [
    new Option('--data <dir>', 'folder of labelled figures, a row a moment')
      .argParser(pathFromHere)
      .makeOptionMandatory(),
    new Option('--step <seconds>', 'time from row to row').argParser(secondsOf).default(60),
  ],
  run: async ({ data, step }, tell) => {
    const stepS = Number(step);
    const cells: Cell[] = [];
    for await (const labelled of labelledIn(String(data), (why) => tell(`left out: ${why}`))) {
      tell(`${labelled.series}: ${labelled.rows.length} rows, ${labelled.figures.length} figures`);
      cells.push(...evaluate(labelled, stepS));
    }
    const summary = summarise(cells);
    return { text: tableOf([...cells, ...summary]), report: { stepS, summary, cells } };
  },
};
