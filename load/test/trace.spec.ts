import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CUT, cutTrace } from '../src/cut-trace.ts';
import { LOAD_DEFAULTS } from '../src/protocol.ts';
import { parseTrace, readTrace } from '../src/trace.ts';

const root = join(import.meta.dirname, '../..');
const file = join(root, LOAD_DEFAULTS.trace.file);

describe('the committed trace', () => {
  it('has every minute of the match day and of the eight days before', async () => {
    expect(await readTrace({ file, ...CUT })).toHaveLength(9 * 24 * 60);
  });

  it('is what the cut leaves of itself', async () => {
    const csv = gunzipSync(await readFile(file)).toString('utf8');
    expect(cutTrace(csv, CUT.from, CUT.to)).toBe(csv);
  });

  it('has a mean near 0.75 of its peak in the window that is replayed', async () => {
    const rates = await readTrace({ ...LOAD_DEFAULTS.trace, file });
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    expect(rates).toHaveLength(180);
    expect(mean / Math.max(...rates)).toBeCloseTo(0.75, 2);
  });

  it('lies beside its notice, unmodified', async () => {
    const notice = await readFile(join(root, 'load/traces/WC98_NOTICE.txt'));
    expect(createHash('sha256').update(notice).digest('hex')).toBe(
      'fe852d3f99066604f003fb4270536979014e7131c5f30a408fedd93b85fa0f08',
    );
  });
});

describe('parseTrace', () => {
  const csv =
    'timestamp_utc,rps\n1998-06-10T15:00:00Z,10\n1998-06-10T15:01:00Z,20\n1998-06-10T15:02:00Z,30\n';

  it('keeps the rows of the window, its end excluded', () => {
    expect(parseTrace(csv, '1998-06-10T15:00:00Z', '1998-06-10T15:02:00Z')).toEqual([10, 20]);
  });

  it.each([
    ['another header', 'time,rps\n1998-06-10T15:00:00Z,10\n', 'header'],
    ['a rate that is none', csv.replace(',20', ',x'), 'bad rate'],
    ['a negative rate', csv.replace(',20', ',-2'), 'bad rate'],
    ['a time that is none', csv.replace('1998-06-10T15:01:00Z', 'noon'), '"noon"'],
    ['nothing but zeros', csv.replace(/,\d+/g, ',0'), 'zeros'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseTrace(text, '1998-06-10T15:00:00Z', '1998-06-10T16:00:00Z')).toThrow(message);
  });

  it('refuses a window without rows', () => {
    expect(() => parseTrace(csv, '1998-07-10T15:00:00Z', '1998-07-10T16:00:00Z')).toThrow('no row');
  });
});
