import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { parseTrials } from '../src/options.ts';

const parse = (...args: string[]) => parseTrials(args, import.meta.dirname);

test('recordings are found from where the command was called; one that is not there is wrong usage, in one line', () => {
  const here = basename(import.meta.filename);
  expect(parse('--recorded', here)).toMatchObject({ options: { recorded: [import.meta.filename] } });
  const lost = parse('--recorded', here, 'lost.jsonl');
  expect(lost).toMatchObject({ kind: 'exit', code: 2 });
  expect(lost).toMatchObject({ text: expect.stringMatching(/^atlas: .*no file .*lost\.jsonl/) as string });
});
