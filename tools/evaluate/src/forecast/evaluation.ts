import { pathFromHere } from '@atlas/platform-config';
import { Option } from 'commander';
import type { Evaluation } from '../evaluation.ts';
import { evaluate, type Cell } from './evaluate.ts';
import { summarise, tableOf, wordsOf } from './summary.ts';
import { readTrace, traceFiles } from './trace.ts';

export const forecastEvaluation: Evaluation = {
  script: 'forecast:evaluate',
  description:
    'Scores the forecaster that the brain runs on a folder of traces (*.csv, *.csv.gz: timestamp_utc,rps).',
  options: [
    new Option('--traces <dir>', 'folder of traces, a row a minute')
      .argParser(pathFromHere)
      .makeOptionMandatory(),
  ],
  run: async ({ traces }, tell) => {
    const cells: Cell[] = [];
    for (const file of await traceFiles(String(traces))) {
      const trace = await readTrace(file);
      tell(`${trace.series}: ${trace.rates.length} minutes`);
      cells.push(...evaluate(trace));
    }
    const summary = summarise(cells);
    return { text: `${tableOf(cells)}\n\n${wordsOf(summary)}`, report: { cells, summary } };
  },
};
