import { pathFromHere } from '@atlas/platform-config';
import { Option } from 'commander';
import type { Evaluation } from '../evaluation.ts';
import { InputError } from '../input.ts';
import { evaluate, WARM_UP_MIN, type Cell } from './evaluate.ts';
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
    const leftOut: string[] = [];
    for (const file of await traceFiles(String(traces))) {
      const trace = await readTrace(file).catch((error: unknown) => {
        if (!(error instanceof InputError)) throw error;
        leftOut.push(error.message);
        tell(`left out: ${error.message}`);
      });
      if (!trace) continue;
      const { series, minutes } = trace;
      const short = (minutes.at(-1) ?? 0) - (minutes[0] ?? 0) < WARM_UP_MIN;
      const none = `; nothing is scored within the first ${WARM_UP_MIN}`;
      tell(`${series}: ${minutes.length} minutes${short ? none : ''}`);
      cells.push(...evaluate(trace));
    }
    if (cells.length === 0) throw new InputError(`no trace in ${String(traces)} can be read`);
    const summary = summarise(cells);
    return { text: `${tableOf(cells)}\n\n${wordsOf(summary)}`, report: { leftOut, cells, summary } };
  },
};
